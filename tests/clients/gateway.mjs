// The gateway that a test speaks to: `tests/it/clients.rs` starts one for each file and says where it is.
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { after } from "node:test";
import { createClient as sse } from "graphql-sse";
import { createClient as ws } from "graphql-ws";
import { WebSocket } from "ws";

const origin = process.env.ANABRANCH_URL;
if (!origin) throw new Error("ANABRANCH_URL says where the gateway listens: run `cargo nextest run --test it clients`");

/** The configuration that is served. */
const shop = join(import.meta.dirname, "shop");

/** Where a client of the shop asks. */
export const endpoint = (client) => `${origin}/${client}/graphql`;

/** Where a client's schema is, as SDL. */
export const sdl = (client) => `${origin}/${client}/schema.graphql`;

/** A request by POST, as an app makes it that has no library. */
export const send = (url, body, headers = {}, signal) =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body), signal });

function disposed(t, made) {
  t.after(() => made.dispose());
  return made;
}

/** graphql-ws for a client of the shop, as long as a test runs. */
export const overWebSocket = (t, client) => disposed(t, ws({ url: endpoint(client).replace(/^http/, "ws"), webSocketImpl: WebSocket }));

/** graphql-sse for a client of the shop, as long as a test runs. */
export const overEvents = (t, client, headers = {}) => disposed(t, sse({ url: endpoint(client), headers }));

/** Stands for the test where all tests of a group share what is set up: cleans up after the last of them. */
export function whole() {
  const cleanups = [];
  after(() => cleanups.forEach((cleanup) => cleanup()));
  return { after: (cleanup) => cleanups.unshift(cleanup) };
}

/** A document's hash, as ids of documents are made of it. */
export const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** What a request for a document by its hash looked like: its method, its status, and whether the document came along. */
export const hashed = ({ method, status, body, url }) => [method, status, Boolean(body?.query ?? url.searchParams.get("query"))];

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
  return started(t, ["demo", "--config", file, "--services", "0"]);
}

/** Starts the program for a test, on free ports; gives its address. */
export async function started(t, command) {
  const gateway = spawn(process.env.ANABRANCH, [...command, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"], { stdio: ["ignore", "ignore", "pipe"] });
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
