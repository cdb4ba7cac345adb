// Connections in the clients that know them: pages of changing sizes become one list in their caches.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";
import { transformAsync } from "@babel/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import relay from "relay-runtime";
import { Client, fetchExchange } from "urql";
import { endpoint, recorder, run, sdl, workspace } from "./gateway.mjs";

const { Environment, Network, RecordSource, Store, createOperationDescriptor, fetchQuery, getFragment, getSingularSelector } = relay;

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

/** What the compiler and Babel make of `relay-pages/`. */
async function compiled(t) {
  const folder = workspace(t, ["relay-pages"], "commonjs");
  writeFileSync(join(folder, "schema.graphql"), await (await fetch(sdl("web"))).text());
  await run(folder, ["relay-compiler", "relay.config.json"]);
  const file = join(folder, "app.js");
  const { code } = await transformAsync(readFileSync(file, "utf8"), { filename: file, babelrc: false, configFile: false, plugins: [["relay", { eagerEsModules: false }]] });
  writeFileSync(file, code);
  return createRequire(file)("./app.js");
}

test("Relay: `@connection` and the query that `usePaginationFragment` sends, forward and backward", async (t) => {
  const app = await compiled(t);
  const { fetch, requests } = recorder();
  const ask = async ({ text, name }, variables) => {
    const body = JSON.stringify({ operationName: name, query: text, variables });
    const response = await fetch(endpoint("web"), { method: "POST", headers: { "content-type": "application/json" }, body });
    return response.json();
  };
  const environment = new Environment({ network: Network.create(ask), store: new Store(new RecordSource()) });
  const operation = createOperationDescriptor(app.page, { first: 3, category: "kitchen" });
  environment.retain(operation);
  await fetchQuery(environment, app.page, operation.request.variables).toPromise();
  const fragment = getFragment(app.catalog);
  const shown = () => environment.lookup(getSingularSelector(fragment, environment.lookup(operation.fragment).data)).data.productsConnection;
  // Every twelfth product is of the kitchen.
  assert.deepEqual([ids(shown()), shown().pageInfo.hasNextPage], [upTo(3, 12), true]);
  const more = (variables) => fetchQuery(environment, fragment.metadata.refetch.operation, { category: "kitchen", first: null, after: null, last: null, before: null, ...variables }).toPromise();
  await more({ first: 5, after: shown().pageInfo.endCursor });
  await more({ first: 2, after: shown().pageInfo.endCursor });
  assert.deepEqual(ids(shown()), upTo(10, 12));
  // The text knows nothing of Relay's own directive.
  assert.ok(requests.every(({ body }) => !body.query.includes("@connection")));
  const { data } = await ask({ text: requests.at(-1).body.query, name: requests.at(-1).body.operationName }, { category: "kitchen", first: null, after: null, last: 3, before: shown().edges.at(-1).cursor });
  assert.deepEqual([ids(data.productsConnection), data.productsConnection.pageInfo.hasPreviousPage], [upTo(9, 12).slice(-3), true]);
});
