// The gateway that a test speaks to: `tests/it/clients.rs` starts one for each file and says where it is.
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const origin = process.env.ANABRANCH_URL;
if (!origin) throw new Error("ANABRANCH_URL says where the gateway listens: run `cargo nextest run --test it clients`");

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

/** Runs a tool of this folder's packages in a workspace; what it tells is the error when it fails. */
export function run(folder, [name, ...options], env = {}) {
  const script = join(import.meta.dirname, "node_modules/.bin", name);
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, ...options], { cwd: folder, env: { ...process.env, ...env } }, (error, out, err) => {
      if (error) reject(new Error(`${name} ${options.join(" ")}\n${out}${err}`));
      else resolve(out);
    });
  });
}
