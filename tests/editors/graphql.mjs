// What the official GraphQL language server tells an editor: opens files of a workspace and prints their diagnostics.
//
//   node graphql.mjs WORKSPACE < requests.json > answers.json
//
// requests: [{ "file": "schema/graph/a.graphql", "text": "..." }], each with "hover": [line, character] if a hover is asked.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const { createMessageConnection } = require("vscode-jsonrpc/node");

const workspace = resolve(process.argv[2]);
const requests = JSON.parse(await text(process.stdin));
// It looks for the projects from its working directory upward, as in an editor that has the workspace open.
const server = spawn(
  process.execPath,
  ["-e", `require(process.argv[1]).startServer({ method: "stream" })`, require.resolve("graphql-language-service-server")],
  { cwd: workspace, stdio: ["pipe", "pipe", "inherit"] },
);
const connection = createMessageConnection(server.stdout, server.stdin);
const waiting = new Map();
const complaints = [];
connection.onNotification("textDocument/publishDiagnostics", ({ uri, diagnostics }) => waiting.get(uri)?.(diagnostics));
connection.onNotification("window/logMessage", ({ message }) => {
  // It also complains of every project without operations.
  if (message.startsWith("WARNING")) complaints.push(message);
});
connection.onRequest("workspace/configuration", ({ items }) => items.map(() => null));
connection.onRequest("client/registerCapability", () => null);
connection.listen();
await connection.sendRequest("initialize", {
  processId: process.pid,
  rootUri: workspace,
  workspaceFolders: [{ uri: pathToFileURL(workspace).href, name: "workspace" }],
  capabilities: { workspace: { configuration: true } },
});
await connection.sendNotification("initialized", {});

const answers = [];
for (const { file, text, hover } of requests) {
  const uri = pathToFileURL(resolve(workspace, file)).href;
  const told = new Promise((done) => waiting.set(uri, done));
  await connection.sendNotification("textDocument/didOpen", {
    textDocument: { uri, languageId: "graphql", version: 1, text },
  });
  const diagnostics = (await told).map(({ message, range }) => `${range.start.line + 1}: ${message}`);
  let shown;
  if (hover) {
    const position = { line: hover[0], character: hover[1] };
    const answer = await connection.sendRequest("textDocument/hover", { textDocument: { uri }, position });
    shown = answer?.contents?.value ?? answer?.contents;
  }
  answers.push({ file, diagnostics, hover: shown });
}
console.log(JSON.stringify({ answers, complaints }, null, 1));
connection.dispose();
server.kill();
process.exit();
