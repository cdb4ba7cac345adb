// GraphQL over SSE with the npm package `graphql-sse`, distinct connections mode.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "graphql-sse";
import { STREAMED, idle, post, results, state, streamed, url } from "./gateway.mjs";

const client = (options = {}) => createClient({ url, retryAttempts: 0, ...options });

test("queries and mutations are answered once and completed", async () => {
  const variables = { text: "\n\u{1f600} \"quoted\"" };
  const request = { query: "query Q($text: String!) { echo(text: $text) }", variables };
  assert.deepEqual(await results(client(), request), [{ data: { echo: variables.text } }]);
  assert.deepEqual(await results(client(), { query: "mutation { greet }" }), [{ data: { greet: "hi" } }]);
});

test("errors before execution come as a result", async () => {
  const [refused, ...more] = await results(client(), { query: "{ nothing }" });
  assert.deepEqual(more, []);
  assert.equal(refused.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
  assert.equal("data" in refused, false);
});

test("what is no request is refused with its status", async () => {
  const error = await results(client(), { query: 1 }).then(() => assert.fail(), (error) => error);
  assert.equal(error.response.status, 400);
  assert.match(error.response.headers.get("content-type"), /^application\/json/);
  const missing = await fetch(url, { method: "POST", headers: { accept: "text/event-stream" }, body: "{}" });
  assert.equal(missing.status, 415);
  await missing.text();
});

test("headers reach the upstream", async () => {
  const mine = client({ headers: { authorization: "Bearer 1" } });
  assert.deepEqual(await results(mine, { query: "{ who }" }), [{ data: { who: "Bearer 1" } }]);
});

test("the response is an event stream that nobody keeps or collects", async () => {
  const response = await post({ query: "subscription { order { state } }" }, { accept: "text/event-stream", "accept-encoding": "gzip" });
  const headers = (name) => response.headers.get(name);
  assert.equal(headers("content-type"), "text/event-stream; charset=utf-8");
  assert.equal(headers("cache-control"), "no-store");
  assert.equal(headers("content-encoding"), null);
  assert.match(headers("vary"), /accept/);
  await response.body.cancel();
});

test("a subscription tells changes until its client leaves", async () => {
  await state("placed");
  const events = client().iterate({ query: "subscription { order { state } }" });
  assert.deepEqual((await events.next()).value, { data: { order: { state: "placed" } } });
  await state("shipped");
  assert.deepEqual((await events.next()).value, { data: { order: { state: "shipped" } } });
  await events.return();
  await idle();
});

test("a list with `@stream` comes in parts, and the stream ends", async () => {
  await streamed(client().iterate({ query: STREAMED }));
});

test("an EventSource may subscribe by GET, and no mutation is run so", async () => {
  const get = (query) => fetch(`${url}?query=${encodeURIComponent(query)}`, { headers: { accept: "text/event-stream" } });
  const subscription = await get("subscription { order { state } }");
  assert.equal(subscription.status, 200);
  const reader = subscription.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("event: next")) text += (await reader.read()).value;
  assert.match(text, /^:\n\n(:\n\n)*event: next\ndata: \{"data":\{"order":\{"state":"\w+"\}\}\}\n\n$/);
  await reader.cancel();
  const mutation = await get("mutation { greet }");
  assert.equal(mutation.status, 405);
});

test("a client that accepts no stream is told so", async () => {
  const response = await post({ query: "subscription { order { state } }" });
  assert.equal(response.status, 406);
  assert.match((await response.json()).errors[0].message, /stream|event|subscri/);
});
