// graphql-request 7.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientError, GraphQLClient, gql, request } from "graphql-request";
import { endpoint, recorder } from "./gateway.mjs";

const CARDS = gql`
  query Cards($first: Int!) { products(first: $first) { total items { ...Card } } }
  fragment Card on Product { id name }
`;

function client(view, options = {}) {
  const { fetch, requests } = recorder();
  return { client: new GraphQLClient(endpoint(view), { fetch, ...options }), requests };
}

test("a query with variables and fragments", async () => {
  const data = await request(endpoint("web"), CARDS, { first: 2 });
  assert.deepEqual(data.products, { total: 300, items: [{ id: "1", name: "Wren Stoneware Serving Board" }, { id: "2", name: "Fjell Copper Mug" }] });
});

test("a query by GET", async () => {
  const { client: shop, requests } = client("web", { method: "GET" });
  const data = await shop.request(CARDS, { first: 1 });
  assert.deepEqual([data.products.items.length, requests[0].method, requests[0].status], [1, "GET", 200]);
});

const PARTIAL = gql`{ product(id: "1") { name rendition(width: 5) { url } } }`;

test("errors with partial data, under each error policy", async () => {
  await assert.rejects(client("web").client.request(PARTIAL), (error) => {
    assert.ok(error instanceof ClientError);
    assert.deepEqual(error.response.errors[0].path, ["product", "rendition"]);
    assert.deepEqual(error.response.data.product, { name: "Wren Stoneware Serving Board", rendition: null });
    return true;
  });
  const all = await client("web", { errorPolicy: "all" }).client.rawRequest(PARTIAL);
  assert.deepEqual([all.data.product.rendition, all.errors.length, all.status], [null, 1, 200]);
  assert.deepEqual(await client("web", { errorPolicy: "ignore" }).client.request(PARTIAL), all.data);
});

test("an operation that the schema refuses tells its errors", async () => {
  const refused = client("web").client.request(gql`{ nothing }`);
  await assert.rejects(refused, (error) => error instanceof ClientError && error.response.errors[0].extensions.code === "GRAPHQL_VALIDATION_FAILED");
});

test("a mutation with a header of the proxy in front", async () => {
  const { client: app } = client("mobile", { headers: { "x-customer-id": "12" } });
  const buy = gql`mutation Buy($lines: [BasketLine!]!) { buy(lines: $lines) { status total titles } }`;
  const data = await app.request(buy, { lines: [{ productId: "1", quantity: 1 }] });
  assert.deepEqual(data.buy, { status: "PLACED", total: "44.90", titles: ["Wren Stoneware Serving Board"] });
});

test("what asks for its answer in parts is refused, and tells how to ask for it", async () => {
  const list = gql`{ products(first: 4) { items @stream(initialCount: 1) { name reviews { text } } } }`;
  await assert.rejects(client("web").client.request(list), ({ response: { status, errors } }) => {
    assert.equal(status, 406);
    assert.match(errors[0].message, /`@stream`.*deferSpec=20220824.*incrementalSpec=v0\.2/);
    return true;
  });
});
