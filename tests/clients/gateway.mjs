// The gateway that a test speaks to: `tests/it/clients.rs` starts one for each file and says where it is.
import { execFile, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

const origin = process.env.ANABRANCH_URL;
if (!origin) throw new Error("ANABRANCH_URL says where the gateway listens: run `cargo nextest run --test it clients`");

/** The configuration that is served. */
const shop = join(import.meta.dirname, "shop");

/** Where a client of the shop asks. */
export const endpoint = (client) => `${origin}/${client}/graphql`;

/** Where a client of the shop asks over a WebSocket. */
export const socket = (client) => endpoint(client).replace(/^http/, "ws");

/** Where a client's schema is, as SDL. */
export const sdl = (client) => `${origin}/${client}/schema.graphql`;

/** A `fetch` that writes down what passes: `requests` holds method, URL, headers, body, status and content type. */
export function recorder() {
  const requests = [];
  const recorded = async (input, options = {}) => {
    const request = new Request(input, options);
    const { method, url } = request;
    const body = typeof options.body === "string" ? options.body : undefined;
    const seen = { method, url: new URL(url), headers: Object.fromEntries(request.headers), body: body && JSON.parse(body) };
    requests.push(seen);
    const response = await fetch(input, options);
    seen.status = response.status;
    seen.type = response.headers.get("content-type");
    return response;
  };
  return { fetch: recorded, requests };
}

/** A folder for what tools write: copies of files and of what folders hold, beside this folder's packages. Gone after the test. */
export function workspace(t, sources, type = "module") {
  const here = import.meta.dirname;
  const folder = mkdtempSync(join(tmpdir(), "anabranch-clients-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const source of sources) {
    const path = join(here, source);
    cpSync(path, statSync(path).isDirectory() ? folder : join(folder, basename(path)), { recursive: true });
  }
  symlinkSync(join(here, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type }));
  return folder;
}

const promised = (file, options, settings) =>
  new Promise((resolve, reject) => {
    execFile(file, options, settings, (error, out, err) => (error ? reject(new Error(`${file} ${options.join(" ")}\n${out}${err}`)) : resolve(out)));
  });

/** Runs a tool of this folder's packages in a workspace; what it tells is the error when it fails. */
export function run(folder, [name, ...options], env = {}) {
  const script = join(import.meta.dirname, "node_modules/.bin", name);
  return promised(process.execPath, [script, ...options], { cwd: folder, env: { ...process.env, ...env } });
}

/** What a command of the program prints. */
export const command = (options) => promised(process.env.ANABRANCH, options, {});

/** The file of a client's schema, as the program prints it: where no gateway runs yet. */
export async function schema(t, client) {
  const file = join(workspace(t, []), `${client}.graphql`);
  writeFileSync(file, await command(["schema", "--client", client, "--config", join(shop, "upstreams.toml")]));
  return file;
}

/** Another gateway for a test, with further lines for its clients' tables; gives its address. */
export async function serving(t, lines) {
  const absolute = (_, path) => JSON.stringify(resolve(shop, path));
  const shared = readFileSync(join(shop, "upstreams.toml"), "utf8").replaceAll(/"([^"]+\.graphql)"/g, absolute);
  const file = join(workspace(t, []), "upstreams.toml");
  writeFileSync(file, Object.entries(lines).reduce((text, [client, more]) => text.replace(`[clients.${client}]`, `$&\n${more}`), shared));
  const any = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--services", "0"];
  const gateway = spawn(process.env.ANABRANCH, ["demo", "--config", file, ...any], { stdio: ["ignore", "ignore", "pipe"] });
  t.after(() => gateway.kill("SIGKILL"));
  let told = "";
  for await (const text of gateway.stderr.setEncoding("utf8")) {
    told += text;
    if (told.includes("ctrl-c")) break;
  }
  const console = /console +(http:\S+)\//.exec(told);
  if (!console) throw new Error(told);
  return console[1];
}
