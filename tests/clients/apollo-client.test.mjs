// Apollo Client 4 with `HttpLink` and a normalizing `InMemoryCache`.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { createFragmentRegistry } from "@apollo/client/cache";
import { BatchHttpLink } from "@apollo/client/link/batch-http";
import { Defer20220824Handler, GraphQL17Alpha9Handler } from "@apollo/client/incremental";
import { createPersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { WebSocket } from "ws";
import { endpoint, hashed, overWebSocket, recorder, sha256 } from "./gateway.mjs";

// As browsers have it, and Node.js from 22 on.
globalThis.WebSocket ??= WebSocket;

const possibleTypes = {
  Promotion: ["ProductPromotion", "ArticlePromotion", "CategoryPromotion"],
  SearchHit: ["Product", "Category", "Article"],
};

const typePolicies = { Category: { keyFields: ["slug"] }, Article: { keyFields: ["slug"] } };

/** `over` makes the link of the one that speaks HTTP. */
function shop({ view = "web", link = {}, cache = {}, over = (http) => http, ...options } = {}) {
  const { fetch, requests } = recorder();
  const client = new ApolloClient({
    link: over(new HttpLink({ uri: endpoint(view), fetch, ...link })),
    cache: new InMemoryCache({ possibleTypes, typePolicies, ...cache }),
    clientAwareness: { name: "shop-web", version: "4.2.0" },
    ...options,
  });
  return { client, requests };
}

const PRODUCT = gql`
  query ProductPage($id: ID!, $reviews: Int = 2, $withSeller: Boolean!) {
    product(id: $id) {
      ...Heading
      reviews(first: $reviews) { id stars }
      seller @include(if: $withSeller) { id name address { city } }
    }
  }
  fragment Heading on Product { id name price { formatted } }
`;

test("a query with variables and fragments", async () => {
  const { client, requests } = shop();
  const { data, error } = await client.query({ query: PRODUCT, variables: { id: "1", withSeller: false } });
  assert.equal(error, undefined);
  assert.equal(data.product.name, "Wren Stoneware Serving Board");
  assert.equal(data.product.reviews.length, 2);
  assert.equal("seller" in data.product, false);
  assert.deepEqual([requests.length, requests[0].method, requests[0].status], [1, "POST", 200]);
  assert.match(requests[0].type, /^application\/graphql-response\+json/);
});

test("the client says who it is, with its library, in headers and extensions", async () => {
  const { client, requests } = shop();
  await client.query({ query: gql`{ categories { slug } }` });
  const { headers, body } = requests[0];
  assert.deepEqual([headers["apollographql-client-name"], headers["apollographql-client-version"]], ["shop-web", "4.2.0"]);
  assert.equal(body.extensions.clientLibrary.name, "@apollo/client");
});

test("the cache is normalized by __typename and id, and fragments match by possible types", async () => {
  const { client, requests } = shop();
  const query = gql`
    query Front {
      promotions { __typename id headline ... on ProductPromotion { product { id name } } }
      search(text: "teapot", first: 3) { __typename ... on Product { id name brand } }
    }
  `;
  const { data } = await client.query({ query });
  const promoted = data.promotions.find(({ __typename }) => __typename === "ProductPromotion").product;
  const kept = client.cache.extract();
  assert.equal(kept[`Product:${promoted.id}`].name, promoted.name);
  assert.equal(data.search[0].__typename, "Product");
  const again = await client.query({ query });
  assert.deepEqual(again.data, data);
  assert.equal(requests.length, 1);
  const fragment = client.readFragment({ id: `Product:${promoted.id}`, fragment: gql`fragment N on Product { name }` });
  assert.equal(fragment.name, promoted.name);
});

test("registered fragments are sent with the operations that spread them", async () => {
  const fragments = createFragmentRegistry(gql`fragment Card on Product { id name brand }`);
  const { client } = shop({ cache: { fragments } });
  const { data } = await client.query({ query: gql`query Cards { products(first: 2) { items { ...Card } } }` });
  assert.deepEqual(data.products.items.map(({ id }) => id), ["1", "2"]);
});

test("a query by GET", async () => {
  const { client, requests } = shop({ link: { useGETForQueries: true } });
  const { data } = await client.query({ query: PRODUCT, variables: { id: "2", withSeller: true } });
  assert.equal(data.product.name, "Fjell Copper Mug");
  assert.deepEqual([requests[0].method, requests[0].status], ["GET", 200]);
});

const PARTIAL = gql`query Partial { product(id: "1") { id name rendition(width: 5) { url } } }`;

test("error policy `all` gives partial data and the errors", async () => {
  const { client } = shop();
  const { data, error } = await client.query({ query: PARTIAL, errorPolicy: "all" });
  assert.deepEqual(data.product, { __typename: "Product", id: "1", name: "Wren Stoneware Serving Board", rendition: null });
  assert.ok(CombinedGraphQLErrors.is(error));
  assert.deepEqual(error.errors[0].path, ["product", "rendition"]);
  assert.equal(error.errors[0].extensions.code, "CONNECTOR_FETCH");
});

test("error policies `none` and `ignore`", async () => {
  const { client } = shop();
  await assert.rejects(client.query({ query: PARTIAL }), (error) => CombinedGraphQLErrors.is(error));
  const { data, error } = await client.query({ query: PARTIAL, errorPolicy: "ignore", fetchPolicy: "network-only" });
  assert.deepEqual([data.product.rendition, error], [null, undefined]);
});

test("an operation that the schema refuses is GraphQL errors, not a network error", async () => {
  const { client, requests } = shop();
  const unknown = client.query({ query: gql`{ products { items { nothing } } }` });
  await assert.rejects(unknown, (error) => CombinedGraphQLErrors.is(error) && error.errors[0].extensions.code === "GRAPHQL_VALIDATION_FAILED");
  assert.equal(requests[0].status, 400);
  const missing = client.query({ query: PRODUCT, variables: { withSeller: true } });
  await assert.rejects(missing, (error) => CombinedGraphQLErrors.is(error) && error.errors[0].extensions.code === "BAD_USER_INPUT");
});

test("a mutation updates what the cache holds, and a query reads its own writes", async () => {
  const { client, requests } = shop();
  const account = gql`query Account { account(id: "12") { id points orders(first: 1) { id status } } }`;
  await client.query({ query: account });
  const placed = await client.mutate({
    mutation: gql`
      mutation Buy($lines: [OrderLineInput!]!) {
        placeOrder(customerId: "12", lines: $lines) { id status total lines { quantity product { id name } } }
      }
    `,
    variables: { lines: [{ productId: "1", quantity: 2 }] },
    refetchQueries: [account],
    awaitRefetchQueries: true,
  });
  const order = placed.data.placeOrder;
  assert.deepEqual([order.status, order.total, order.lines[0].product.name], ["PLACED", "89.80", "Wren Stoneware Serving Board"]);
  const fresh = await client.query({ query: account, fetchPolicy: "network-only" });
  assert.equal(fresh.data.account.orders[0].id, order.id);
  const cancel = gql`mutation Cancel($id: ID!) { cancelOrder(id: $id) { id status } }`;
  await client.mutate({ mutation: cancel, variables: { id: order.id } });
  assert.equal(client.readFragment({ id: `Order:${order.id}`, fragment: gql`fragment S on Order { status }` }).status, "CANCELED");
  assert.ok(requests.every(({ method }) => method === "POST"));
});

test("a refused mutation carries the service's own code", async () => {
  const { client } = shop();
  const mutation = gql`mutation { addReview(productId: "1", authorId: "12", stars: 9, title: "a", text: "b") { id } }`;
  const { data, error } = await client.mutate({ mutation, errorPolicy: "all" });
  assert.equal(data.addReview, null);
  assert.equal(error.errors[0].extensions.code, "VALIDATION_FAILED");
});

test("the mobile view with a header of the proxy in front", async () => {
  const { client } = shop({ view: "mobile", link: { headers: { "x-customer-id": "12" } } });
  const { data } = await client.query({ query: gql`query Home { me { firstName } feed(first: 1) { id title } }` });
  assert.deepEqual([data.me.firstName, data.feed.length], ["Leon", 1]);
});

test("automatic persisted queries: the document is sent once, then its hash alone", async () => {
  const query = gql`query Persisted($id: ID!) { product(id: $id) { id name } }`;
  const { client, requests } = shop({ over: (http) => createPersistedQueryLink({ sha256 }).concat(http) });
  await client.query({ query, variables: { id: "1" } });
  const { data } = await client.query({ query, variables: { id: "2" } });
  assert.equal(data.product.name, "Fjell Copper Mug");
  assert.deepEqual(requests.map(hashed), [["POST", 200, false], ["POST", 200, true], ["POST", 200, false]]);
});

test("automatic persisted queries by GET, and mutations by POST", async () => {
  const query = gql`query PersistedByGet($id: ID!) { product(id: $id) { id name } }`;
  const persisted = createPersistedQueryLink({ sha256, useGETForHashedQueries: true });
  const { client, requests } = shop({ over: (http) => persisted.concat(http) });
  await client.query({ query, variables: { id: "1" } });
  const { data } = await client.query({ query, variables: { id: "2" } });
  assert.equal(data.product.name, "Fjell Copper Mug");
  const mutation = gql`mutation PersistedBuy { placeOrder(customerId: "16", lines: [{ productId: "1", quantity: 1 }]) { id } }`;
  const placed = await client.mutate({ mutation });
  assert.ok(placed.data.placeOrder.id);
  const queries = [["GET", 200, false], ["POST", 200, true], ["GET", 200, false]];
  assert.deepEqual(requests.map(hashed), [...queries, ["POST", 200, false], ["POST", 200, true]]);
});

test("`BatchHttpLink`: queries of one moment are one request, and each has its own errors", async () => {
  const { fetch, requests } = recorder();
  const client = new ApolloClient({ link: new BatchHttpLink({ uri: endpoint("web"), fetch, batchInterval: 50 }), cache: new InMemoryCache() });
  const [product, partial] = await Promise.all([
    client.query({ query: PRODUCT, variables: { id: "1", withSeller: true } }),
    client.query({ query: PARTIAL, errorPolicy: "all" }),
  ]);
  assert.equal(product.data.product.name, "Wren Stoneware Serving Board");
  assert.equal(product.error, undefined);
  assert.deepEqual([partial.data.product.rendition, partial.error.errors.length], [null, 1]);
  assert.deepEqual(requests.map(({ body, status }) => [body.map(({ operationName }) => operationName), status]), [[["ProductPage", "Partial"], 200]]);
});

const FOLLOW = gql`subscription Follow($id: ID!) { order(id: $id) { id status } }`;

/** Orders something; gives its id, and what cancels it. */
async function ordered(client) {
  const buy = gql`mutation { placeOrder(customerId: "17", lines: [{ productId: "1", quantity: 1 }]) { id status } }`;
  const { id } = (await client.mutate({ mutation: buy })).data.placeOrder;
  const mutation = gql`mutation Cancel($id: ID!) { cancelOrder(id: $id) { id } }`;
  return { id, cancel: () => client.mutate({ mutation, variables: { id } }) };
}

/** What a subscriber to an order sees until it is canceled; it cancels the order when it sees it placed. */
function followed(client, { id, cancel }) {
  return new Promise((resolve, reject) => {
    const seen = [];
    const subscription = client.subscribe({ query: FOLLOW, variables: { id } }).subscribe({
      next: ({ data, error }) => {
        if (error) return reject(error);
        seen.push(data.order.status);
        if (seen.length === 1) cancel().catch(reject);
        if (data.order.status !== "CANCELED") return;
        subscription.unsubscribe();
        resolve(seen);
      },
      error: reject,
    });
  });
}

/** Subscriptions over a WebSocket, the rest over HTTP, as Apollo's documentation splits them. */
function split(t) {
  const isSubscription = ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION;
  return (http) => ApolloLink.split(isSubscription, new GraphQLWsLink(overWebSocket(t, "web")), http);
}

describe("subscriptions", { concurrency: true }, () => {
  test("a subscription over multipart HTTP, as `HttpLink` asks for it", async () => {
    const { client, requests } = shop();
    const order = await ordered(client);
    assert.deepEqual(await followed(client, order), ["PLACED", "CANCELED"]);
    const { type } = requests.find(({ body }) => body.operationName === "Follow");
    assert.match(type, /^multipart\/mixed;.*subscriptionSpec=1\.0/);
    assert.equal(client.readFragment({ id: `Order:${order.id}`, fragment: gql`fragment S on Order { status }` }).status, "CANCELED");
  });

  test("a subscription over a WebSocket, queries and mutations over HTTP", async (t) => {
    const { client, requests } = shop({ over: split(t) });
    assert.deepEqual(await followed(client, await ordered(client)), ["PLACED", "CANCELED"]);
    assert.ok(requests.every(({ body }) => body.query.startsWith("mutation")));
  });

  test("queries and mutations over a WebSocket, too", async (t) => {
    const { client, requests } = shop({ over: () => new GraphQLWsLink(overWebSocket(t, "web")) });
    const { data, error } = await client.query({ query: gql`{ product(id: "1") { id name } missing: product(id: "99999") { id } }` });
    assert.deepEqual([data.product.name, data.missing, error], ["Wren Stoneware Serving Board", null, undefined]);
    assert.deepEqual(await followed(client, await ordered(client)), ["PLACED", "CANCELED"]);
    assert.equal(requests.length, 0);
  });

  test("a subscription that the schema refuses is GraphQL errors, over HTTP and over a WebSocket", async (t) => {
    for (const over of [undefined, split(t)]) {
      const { client } = shop({ over });
      const query = gql`subscription { nothing }`;
      const first = await new Promise((resolve, reject) => client.subscribe({ query }).subscribe({ next: resolve, error: reject }));
      assert.equal(first.error.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
    }
  });
});

const DEFERRED = gql`
  query Deferred($id: ID!) {
    product(id: $id) {
      id
      name
      ... on Product @defer { rating { average count } }
      seller { id name }
      ...Reviews @defer(label: "reviews")
    }
  }
  fragment Reviews on Product { reviews(first: 2) { id stars author { name } } }
`;

for (const Handler of [Defer20220824Handler, GraphQL17Alpha9Handler]) {
  test(`@defer with ${Handler.name}: what is slow comes later, and the cache holds all of it`, async () => {
    const { client, requests } = shop({ incrementalHandler: new Handler() });
    const states = [];
    await new Promise((resolve, reject) => {
      const watched = client.watchQuery({ query: DEFERRED, variables: { id: "4" } });
      const subscription = watched.subscribe({
        next: ({ data, error, dataState }) => {
          if (error) return reject(error);
          if (dataState === "empty") return;
          states.push([dataState, "rating" in data.product]);
          if (dataState !== "complete") return;
          subscription.unsubscribe();
          resolve();
        },
        error: reject,
      });
    });
    assert.deepEqual([states[0], states.at(-1)], [["streaming", false], ["complete", true]]);
    assert.match(requests[0].type, /^multipart\/mixed/);
    const plain = shop();
    const query = gql`query Plain { product(id: "4") { id name rating { average count } seller { id name } reviews(first: 2) { id stars author { name } } } }`;
    const expected = await plain.client.query({ query });
    assert.deepEqual(client.readQuery({ query }), expected.data);
  });
}
