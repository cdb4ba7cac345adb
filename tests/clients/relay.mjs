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

// Errors of a part, by their paths in it: there Relay looks for what `@catch` asks.
const inside = (path, errors = []) =>
  errors
    .filter((error) => path.every((key, at) => key === error.path?.[at]))
    .map((error) => ({ ...error, path: error.path.slice(path.length) }));

// A part as Relay takes it: each deferred fragment and each element of a list is an answer of its own.
const apart = ({ items, path, errors, ...part }) =>
  items?.map((data, at) => {
    const place = [...path.slice(0, -1), path.at(-1) + at];
    return { ...part, data, path: place, extensions: {}, ...(data && { errors: inside(place, errors) }) };
  }) ?? [{ data: null, ...part, path, errors: inside(path, errors) }];

// What Relay takes of an answer or a payload. The last answer is marked: it has whatever was deferred and is not told apart.
const answers = ({ incremental, hasNext, ...answer }) => {
  const all = incremental?.map(apart) ?? ("data" in answer || "errors" in answer ? [[answer]] : []);
  const last = all.at(-1)?.at(-1);
  if (last && !hasNext) last.extensions = { ...last.extensions, is_final: true };
  return all;
};

export { answers };

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
        if (parts instanceof Response) return answers(await parts.json()).forEach((some) => sink.next(some));
        for await (const { body } of parts) answers(body).forEach((some) => sink.next(some));
      };
      send().then(sink.complete, sink.error);
    });
  return { environment: new Environment({ network: Network.create(ask, subscribe), store: new Store(new RecordSource()) }), requests };
}

/** Subscriptions through graphql-sse or graphql-ws. */
export const through = (events) => (parameters, variables) => Observable.create((sink) => events.subscribe(document(parameters, variables), sink));
