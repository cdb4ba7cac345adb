// Connections in the clients that know them: pages of changing sizes become one list in their caches.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import relay from "relay-runtime";
import { Client, fetchExchange } from "urql";
import { endpoint, sdl, send } from "./gateway.mjs";
import { compiled, environment } from "./relay.mjs";

const { createOperationDescriptor, fetchQuery, getFragment, getSingularSelector } = relay;

const PAGE = gql`
  query Page($first: Int, $after: String, $last: Int, $before: String) {
    productsConnection(first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { id name } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`;

const ids = ({ edges }) => edges.map(({ node }) => Number(node.id));
const upTo = (count, by = 1) => Array.from({ length: count }, (_, at) => 1 + at * by);

test("Apollo Client: `relayStylePagination`", async () => {
  const cache = new InMemoryCache({ typePolicies: { Query: { fields: { productsConnection: relayStylePagination() } } } });
  const client = new ApolloClient({ link: new HttpLink({ uri: endpoint("web") }), cache });
  const list = client.watchQuery({ query: PAGE, variables: { first: 3 } });
  const subscription = list.subscribe(() => {});
  const shown = () => client.readQuery({ query: PAGE, variables: { first: 3 } }).productsConnection;
  await client.query({ query: PAGE, variables: { first: 3 } });
  assert.deepEqual([ids(shown()), shown().pageInfo.hasNextPage], [upTo(3), true]);
  for (const first of [5, 1, 20]) {
    const { endCursor } = shown().pageInfo;
    await list.fetchMore({ variables: { first, after: endCursor } });
  }
  assert.deepEqual([ids(shown()), shown().pageInfo.hasPreviousPage], [upTo(29), false]);
  subscription.unsubscribe();
});

test("urql: Graphcache's `relayPagination`", async () => {
  const none = () => null;
  const cache = cacheExchange({
    keys: { ProductConnection: none, ProductEdge: none, PageInfo: none },
    resolvers: { Query: { productsConnection: relayPagination() } },
  });
  const client = new Client({ url: endpoint("web"), exchanges: [cache, fetchExchange] });
  const page = async (variables) => {
    const { data, error } = await client.query(PAGE, variables);
    assert.equal(error, undefined);
    return data.productsConnection;
  };
  const one = await page({ first: 4 });
  const two = await page({ first: 7, after: one.pageInfo.endCursor });
  const three = await page({ first: 2, after: two.pageInfo.endCursor });
  assert.deepEqual([ids(one), ids(two), ids(three)], [upTo(4), upTo(11), upTo(13)]);
});

test("Relay: `@connection` and the query that `usePaginationFragment` sends, forward and backward", async (t) => {
  const { app } = await compiled(t, "relay-pages", await (await fetch(sdl("web"))).text());
  const { environment: shop, requests } = environment(endpoint("web"));
  const operation = createOperationDescriptor(app.page, { first: 3, category: "kitchen" });
  shop.retain(operation);
  await fetchQuery(shop, app.page, operation.request.variables).toPromise();
  const fragment = getFragment(app.catalog);
  const shown = () => shop.lookup(getSingularSelector(fragment, shop.lookup(operation.fragment).data)).data.productsConnection;
  // Every twelfth product is of the kitchen.
  assert.deepEqual([ids(shown()), shown().pageInfo.hasNextPage], [upTo(3, 12), true]);
  const more = (variables) => fetchQuery(shop, fragment.metadata.refetch.operation, { category: "kitchen", first: null, after: null, last: null, before: null, ...variables }).toPromise();
  await more({ first: 5, after: shown().pageInfo.endCursor });
  await more({ first: 2, after: shown().pageInfo.endCursor });
  assert.deepEqual(ids(shown()), upTo(10, 12));
  // The text knows nothing of Relay's own directive.
  assert.ok(requests.every(({ body }) => !body.query.includes("@connection")));
  const { query } = requests.at(-1).body;
  const variables = { category: "kitchen", first: null, after: null, last: 3, before: shown().edges.at(-1).cursor };
  const response = await send(endpoint("web"), { query, variables });
  const { data } = await response.json();
  assert.deepEqual([ids(data.productsConnection), data.productsConnection.pageInfo.hasPreviousPage], [upTo(9, 12).slice(-3), true]);
});
