// graphql-transport-ws with the npm package `graphql-ws`, and by hand where no client would do so.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { STREAMED, closed, connect, idle, results, socketUrl, state, streamed } from "./gateway.mjs";

const PROTOCOL = "graphql-transport-ws";

function client(t, options = {}) {
  const made = createClient({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0, ...options });
  t.after(() => made.dispose());
  return made;
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

test("errors before execution end the operation and not the connection", async (t) => {
  let closed = 0;
  const one = client(t, { lazyCloseTimeout: 1_000, on: { closed: () => (closed += 1) } });
  const errors = await results(one, { query: "{ nothing }" }).then(() => assert.fail(), (errors) => errors);
  assert.equal(errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
  assert.deepEqual(await results(one, { query: "{ hello }" }), [{ data: { hello: "hi" } }]);
  assert.equal(closed, 0);
});

test("listed connection parameters count as headers", async (t) => {
  const mine = client(t, { connectionParams: { Authorization: "Bearer 1", "x-unlisted": "2" } });
  assert.deepEqual(await results(mine, { query: "{ who }" }), [{ data: { who: "Bearer 1" } }]);
  const nobody = client(t);
  assert.deepEqual(await results(nobody, { query: "{ who }" }), [{ data: { who: "nobody" } }]);
});

test("subscriptions tell changes until they are ended", async (t) => {
  await state("placed");
  const one = client(t, { lazyCloseTimeout: 1_000 });
  const events = one.iterate({ query: "subscription { order { state } }" });
  assert.deepEqual((await events.next()).value, { data: { order: { state: "placed" } } });
  await state("shipped");
  assert.deepEqual((await events.next()).value, { data: { order: { state: "shipped" } } });
  await events.return();
  await idle();
  assert.deepEqual(await results(one, { query: "{ hello }" }), [{ data: { hello: "hi" } }]);
});

test("a list with `@stream` comes in parts, and its operation completes", async (t) => {
  await streamed(client(t).iterate({ query: STREAMED }));
});

test("a connection that broke is made again and its subscriptions go on", async (t) => {
  await state("placed");
  const sockets = [];
  const one = client(t, { retryAttempts: 5, retryWait: async () => {}, on: { connected: (socket) => sockets.push(socket) } });
  const events = one.iterate({ query: "subscription { order { state } }" });
  assert.deepEqual((await events.next()).value, { data: { order: { state: "placed" } } });
  sockets[0].terminate();
  await state("lost");
  let last;
  while (last !== "lost") last = (await events.next()).value.data.order.state;
  assert.equal(sockets.length, 2);
});

test("pings of both sides are answered", async (t) => {
  const pongs = [];
  const one = client(t, { keepAlive: 20, on: { pong: (received, payload) => received && pongs.push(payload) } });
  const events = one.iterate({ query: "subscription { order { state } }" });
  await events.next();
  while (pongs.length < 3) await new Promise((resolve) => setImmediate(resolve));
  await events.return();
  const { socket, say } = await connect(PROTOCOL);
  say({ type: "connection_init" });
  // `ws` answers it, as browsers do.
  const before = Date.now();
  for (let pings = 0; pings < 3; pings += 1) await once(socket, "ping");
  assert.ok(Date.now() - before > 100);
  socket.close(1000);
  assert.equal((await once(socket, "close"))[0], 1000);
});

test("misuse closes the connection with the protocol's codes", async () => {
  const init = { type: "connection_init" };
  const subscribe = { id: "1", type: "subscribe", payload: { query: "{ never }" } };
  const cases = [
    [4400, ["{"]],
    [4400, [{ type: "hello" }]],
    [4400, [{ type: "connection_ack" }]],
    [4400, [init, { ...subscribe, id: 1 }]],
    [4400, [init, { ...subscribe, payload: { variables: {} } }]],
    [4400, [{ type: "connection_init", payload: "x" }]],
    [4401, [subscribe]],
    [4408, []],
    [4408, [{ type: "ping" }]],
    [4409, [init, subscribe, subscribe]],
    [4429, [init, init]],
  ];
  for (const [code, messages] of cases) assert.equal(await closed(PROTOCOL, messages), code, JSON.stringify(messages));
  assert.equal(await closed("", []), 4406);
});

test("an id is free again once its operation has ended", async () => {
  const { socket, say, heard } = await connect(PROTOCOL);
  say({ type: "connection_init" });
  for (let round = 0; round < 3; round += 1) {
    say({ id: "1", type: "subscribe", payload: { query: "{ never }" } });
    say({ id: "1", type: "complete" });
  }
  say({ id: "1", type: "subscribe", payload: { query: "{ hello }" } });
  while (!heard.some((message) => message.type === "complete")) await once(socket, "message");
  assert.deepEqual(heard.slice(1), [
    { id: "1", type: "next", payload: { data: { hello: "hi" } } },
    { id: "1", type: "complete" },
  ]);
  socket.close();
});

test("a page of another site cannot connect", async () => {
  const socket = new WebSocket(socketUrl, [PROTOCOL], { origin: "https://evil.example" });
  const [request, response] = await once(socket, "unexpected-response");
  assert.equal(response.statusCode, 403);
  request.destroy();
});
