// Relay's compiler, Babel's plugin, and a network layer over `fetch`: what an app with Relay has.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformAsync } from "@babel/core";
import { meros } from "meros/browser";
import relay from "relay-runtime";
import { recorder, run, workspace } from "./gateway.mjs";

const { Environment, Network, Observable, RecordSource, Store } = relay;

/** What the compiler and Babel make of an app's folder, with a schema as SDL and further settings of the compiler. */
export async function compiled(t, source, schema, settings = {}) {
  const folder = workspace(t, [source, "relay.config.json"], "commonjs");
  writeFileSync(join(folder, "schema.graphql"), schema);
  const config = JSON.parse(readFileSync(join(folder, "relay.config.json"), "utf8"));
  writeFileSync(join(folder, "relay.config.json"), JSON.stringify({ ...config, ...settings }));
  // The compiler wants its file of documents to be there.
  if (settings.persistConfig) writeFileSync(join(folder, settings.persistConfig.file), "{}");
  await run(folder, ["relay-compiler", "relay.config.json"]);
  const file = join(folder, "app.js");
  const plugins = [["relay", { eagerEsModules: false }]];
  const { code } = await transformAsync(readFileSync(file, "utf8"), { filename: file, babelrc: false, configFile: false, plugins });
  writeFileSync(file, code);
  return { app: createRequire(file)("./app.js"), folder };
}

/** Who is using the app: on a real site the proxy in front says it. */
export const customer = { "x-customer-id": "12" };

/** What Relay's executor takes: each deferred fragment is an answer of its own. */
const flat = ({ incremental, ...answer }) => incremental?.map((part) => ({ ...part, extensions: { is_final: answer.hasNext === false } })) ?? answer;

const document = ({ name, text }, variables) => ({ operationName: name, query: text, variables });

/** An environment of Relay. `body` makes a request of an operation's parameters, `subscribe` makes subscriptions. */
export function environment(url, { body = document, subscribe } = {}) {
  const { fetch, requests } = recorder();
  const accept = "multipart/mixed;deferSpec=20220824, application/graphql-response+json";
  const headers = { "content-type": "application/json", accept, ...customer };
  const ask = (parameters, variables) =>
    Observable.create((sink) => {
      const send = async () => {
        const parts = await meros(await fetch(url, { method: "POST", headers, body: JSON.stringify(body(parameters, variables)) }));
        if (parts instanceof Response) return sink.next(await parts.json());
        for await (const { body } of parts) sink.next(flat(body));
      };
      send().then(sink.complete, sink.error);
    });
  return { environment: new Environment({ network: Network.create(ask, subscribe), store: new Store(new RecordSource()) }), requests };
}

/** Subscriptions through graphql-sse or graphql-ws. */
export const through = (events) => (parameters, variables) => Observable.create((sink) => events.subscribe(document(parameters, variables), sink));
