// The gateway and the service behind it: `tests/it/protocols.rs` starts both and says where they are.
import assert from "node:assert/strict";
import { once } from "node:events";
import WebSocket from "ws";

/** Where the client asks. */
export const url = process.env.ANABRANCH_URL;

/** Where it opens a WebSocket. */
export const socketUrl = url.replace(/^http/, "ws");

/** A request by POST, by hand. */
export const post = (body, headers) =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });

/** A WebSocket by hand: what it heard, and what says something in JSON or in a text of its own. */
export async function connect(protocol) {
  const socket = new WebSocket(socketUrl, protocol ? [protocol] : []);
  const heard = [];
  socket.on("message", (data) => heard.push(JSON.parse(data)));
  await once(socket, "open");
  return { socket, heard, say: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)) };
}

/** The code that a WebSocket is closed with after some messages. */
export async function closed(protocol, messages) {
  const { socket, say } = await connect(protocol);
  for (const message of messages) say(message);
  return (await once(socket, "close"))[0];
}

/** All results of an operation, of clients that iterate over them. */
export async function results(client, request) {
  const all = [];
  for await (const result of client.iterate(request)) all.push(result);
  return all;
}

/** The state that the service's order has from now on. */
export async function state(name) {
  await (await fetch(`${process.env.SERVICE_URL}/state/${name}`)).text();
}

/** A list whose later elements are answered when they are released. */
export const STREAMED = "{ lines @stream(initialCount: 1) { id total } }";

/** Goes through the payloads of `STREAMED`. */
export async function streamed(payloads) {
  assert.deepEqual((await payloads.next()).value, { data: { lines: [{ id: "1", total: 10 }] }, hasNext: true });
  await (await fetch(`${process.env.SERVICE_URL}/release`)).text();
  const { value } = await payloads.next();
  const [{ errors, ...part }] = value.incremental;
  assert.deepEqual(part, { items: [{ id: "2", total: 20 }, { id: "3", total: null }], path: ["lines", 1] });
  assert.deepEqual(errors.map(({ path }) => path), [["lines", 2, "total"]]);
  assert.equal(value.hasNext, false);
  assert.equal((await payloads.next()).done, true);
  await idle();
}

/** Waits until no operation is streamed any more. */
export async function idle() {
  const busy = /^anabranch_streamed_operations\{.*\} [1-9]/m;
  while (busy.test(await (await fetch(`${process.env.ADMIN_URL}/metrics`)).text()));
}
