// The older subprotocol with the npm package that it comes from, which is no longer maintained, and whose clients still are in use.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SubscriptionClient } from "subscriptions-transport-ws";
import WebSocket from "ws";
import { closed, idle, socketUrl, state } from "./gateway.mjs";

function client(t, options = {}) {
  const made = new SubscriptionClient(socketUrl, options, WebSocket);
  t.after(() => made.close());
  return made;
}

/** All results of an operation. */
function results(client, request) {
  return new Promise((resolve, reject) => {
    const all = [];
    client.request(request).subscribe({ next: (result) => all.push(result), error: reject, complete: () => resolve(all) });
  });
}

/** The results of a subscription, one at a time. */
function events(client, query) {
  const heard = [];
  const waiting = [];
  const deliver = () => {
    while (heard.length && waiting.length) waiting.shift()(heard.shift());
  };
  const { unsubscribe } = client.request({ query }).subscribe({
    next: (result) => {
      heard.push(result);
      deliver();
    },
  });
  const next = () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      deliver();
    });
  return { next, unsubscribe };
}

test("queries and mutations are answered once and completed, many at once", async (t) => {
  const one = client(t);
  const all = await Promise.all(
    Array.from({ length: 50 }, (_, at) => {
      const request = { query: "query Q($text: String!) { echo(text: $text) }", variables: { text: `n${at}` } };
      return results(one, request);
    }),
  );
  assert.deepEqual(all, Array.from({ length: 50 }, (_, at) => [{ data: { echo: `n${at}` } }]));
  assert.deepEqual(await results(one, { query: "mutation { greet }" }), [{ data: { greet: "hi" } }]);
});

test("errors before execution are results and do not end the connection", async (t) => {
  const one = client(t);
  let closed = 0;
  one.onDisconnected(() => (closed += 1));
  const [result] = await results(one, { query: "{ nothing }" });
  assert.equal(result.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
  assert.deepEqual(await results(one, { query: "{ hello }" }), [{ data: { hello: "hi" } }]);
  assert.equal(closed, 0);
});

test("listed connection parameters count as headers", async (t) => {
  const mine = client(t, { connectionParams: async () => ({ Authorization: "Bearer 1", "x-unlisted": "2" }) });
  assert.deepEqual(await results(mine, { query: "{ who }" }), [{ data: { who: "Bearer 1" } }]);
  assert.deepEqual(await results(client(t), { query: "{ who }" }), [{ data: { who: "nobody" } }]);
});

test("parameters that cannot be headers are told as an error of the connection", async () => {
  const error = await new Promise((resolve) => {
    const options = { connectionParams: { authorization: "a\nb" }, connectionCallback: resolve };
    new SubscriptionClient(socketUrl, options, WebSocket);
  });
  assert.equal(error.message, "`authorization` is not a value for a header");
});

test("subscriptions tell changes until they are ended", async (t) => {
  await state("placed");
  const one = client(t);
  const orders = events(one, "subscription { order { state } }");
  assert.deepEqual(await orders.next(), { data: { order: { state: "placed" } } });
  await state("shipped");
  assert.deepEqual(await orders.next(), { data: { order: { state: "shipped" } } });
  orders.unsubscribe();
  await idle();
  assert.deepEqual(await results(one, { query: "{ hello }" }), [{ data: { hello: "hi" } }]);
});

test("a connection that broke is made again and its subscriptions go on", async (t) => {
  await state("placed");
  const one = client(t, { reconnect: true });
  const orders = events(one, "subscription { order { state } }");
  assert.deepEqual(await orders.next(), { data: { order: { state: "placed" } } });
  one.client.terminate();
  await state("lost");
  let last;
  while (last !== "lost") last = (await orders.next()).data.order.state;
});

test("misuse closes the connection", async () => {
  const init = { type: "connection_init" };
  const cases = [
    [4400, ["{"]],
    [4400, [init, { type: "hello" }]],
    [4400, [init, { type: "start", id: "1", payload: { variables: {} } }]],
    [4401, [{ type: "start", id: "1", payload: { query: "{ hello }" } }]],
    [4408, []],
    [4429, [init, init]],
    [1000, [init, { type: "connection_terminate" }]],
  ];
  for (const [code, messages] of cases) assert.equal(await closed("graphql-ws", messages), code, JSON.stringify(messages));
});
