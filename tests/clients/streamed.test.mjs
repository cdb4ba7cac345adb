// Lists with `@stream` in Apollo Client and urql: later elements are answered when a client has shown the first ones.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { ApolloClient, HttpLink, InMemoryCache, NetworkStatus, gql } from "@apollo/client";
import { Defer20220824Handler, GraphQL17Alpha9Handler } from "@apollo/client/incremental";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { cacheExchange as graphcache } from "@urql/exchange-graphcache";
import { createClient } from "graphql-ws";
import { Client, cacheExchange, fetchExchange } from "urql";
import { WebSocket } from "ws";
import { recorder, whole } from "./gateway.mjs";
import { shelf } from "./shelf.mjs";

const LIST = `
  query List($first: Int!) {
    books @stream(initialCount: $first, label: "rest") { __typename id title stars }
  }
`;
const LENGTHS = `query Lengths { books @stream(initialCount: 2, label: "rest") { __typename id pages } }`;
const DRAFTS = `query Drafts { drafts @stream(initialCount: 1, label: "rest") { __typename id stars } }`;
// The inner lists need what nothing holds back: their first elements could share a batch with the later books.
const NESTED = `
  query Nested {
    books @stream(initialCount: 2, label: "rest") {
      __typename
      id
      stars
      ...Reviews @defer(label: "reviews")
      similar @stream(initialCount: 1, label: "similar") { __typename id cover }
    }
  }
  fragment Reviews on Book { reviews { __typename text } }
`;

const paths = (errors) => errors.map(({ path }) => path);

/** Asks with Apollo Client, and tells what it shows; gives what it has in the end. */
const apollo = (Handler, linkTo = (uri, fetch) => new HttpLink({ uri, fetch })) => ({ url }, query, variables, next) => {
  const { fetch, requests } = recorder();
  const client = new ApolloClient({ link: linkTo(url, fetch), cache: new InMemoryCache(), incrementalHandler: new Handler() });
  return new Promise((resolve, reject) => {
    client.watchQuery({ query: gql(query), variables, errorPolicy: "all" }).subscribe({
      next: ({ data, error, dataState, networkStatus }) => {
        if (dataState !== "empty") next(data);
        // A list counts as complete data, whether or not more of it is on its way.
        const isOver = networkStatus === NetworkStatus.ready || networkStatus === NetworkStatus.error;
        if (isOver) resolve({ data, errors: error?.errors ?? [], type: requests[0]?.type });
      },
      error: reject,
    });
  });
};

const socket = (connectionParams) => (url) =>
  new GraphQLWsLink(createClient({ url: url.replace(/^http/, "ws"), webSocketImpl: WebSocket, connectionParams }));

/** The same with urql. */
const urql = (cache) => ({ url }, query, variables, next) => {
  const { fetch, requests } = recorder();
  const client = new Client({ url, fetch, exchanges: [cache, fetchExchange], preferGetMethod: false });
  return new Promise((resolve) => {
    client.query(query, variables).subscribe(({ data, error, hasNext }) => {
      next(data);
      if (!hasNext) resolve({ data, errors: error?.graphQLErrors ?? [], type: requests[0].type });
    });
  });
};

for (const [name, type, ask] of [
  ["Apollo Client with Defer20220824Handler", /^multipart\/mixed;.*deferSpec=20220824/, apollo(Defer20220824Handler)],
  ["Apollo Client with GraphQL17Alpha9Handler", /^multipart\/mixed;.*incrementalSpec=v0.2/, apollo(GraphQL17Alpha9Handler)],
  ["Apollo Client over a WebSocket", undefined, apollo(Defer20220824Handler, socket())],
  [
    "Apollo Client over a WebSocket with GraphQL17Alpha9Handler",
    undefined,
    apollo(GraphQL17Alpha9Handler, socket({ incrementalSpec: "v0.2" })),
  ],
  ["urql with the document cache", /^text\/event-stream/, urql(cacheExchange)],
  ["urql with Graphcache", /^text\/event-stream/, urql(graphcache({ keys: { Review: () => null } }))],
]) {
  describe(name, () => {
    const file = whole();
    let library;
    before(async () => (library = await shelf(file)));

    /** What the client has in the end, and which lengths of the list it shows: the third book waits for the first elements. */
    async function streamed(query, { variables, list = "books", then = () => {} } = {}) {
      const release = library.hold("ratings", 3);
      const lengths = [];
      const last = await ask(library, query, variables, (data) => {
        const { length } = data[list];
        if (length !== lengths.at(-1)) lengths.push(length);
        if (lengths.length === 1) release();
        else then();
      });
      if (type) assert.match(last.type, type);
      return { lengths, ...last };
    }

    test("the first elements, then the others, with errors in them", async () => {
      const variables = { first: 2 };
      const { lengths, data, errors } = await streamed(LIST, { variables });
      assert.deepEqual([lengths, paths(errors)], [[2, 5], [["books", 3, "stars"]]]);
      assert.deepEqual(data, (await library.whole(LIST, variables)).data);
    });

    test("no first elements", async () => {
      const variables = { first: 0 };
      const { lengths, data } = await streamed(LIST, { variables });
      assert.deepEqual([lengths, data], [[0, 5], (await library.whole(LIST, variables)).data]);
    });

    test("no others, where the list has no more elements", async () => {
      const variables = { first: 9 };
      const { data, errors } = await ask(library, LIST, variables, () => {});
      assert.deepEqual([data, paths(errors)], [(await library.whole(LIST, variables)).data, [["books", 3, "stars"]]]);
    });

    test("an element that may not be null ends its list", async () => {
      const { lengths, data, errors } = await streamed(LENGTHS);
      assert.deepEqual([lengths, paths(errors)], [[2, 3], [["books", 3, "pages"]]]);
      assert.deepEqual(data.books.map(({ pages }) => pages), [100, 200, 300]);
    });

    test("elements that are null", async () => {
      const { lengths, data } = await streamed(DRAFTS, { list: "drafts" });
      assert.deepEqual([lengths, data], [[1, 4], (await library.whole(DRAFTS)).data]);
    });

    test("deferred fragments and further lists in elements, which come after the others", async () => {
      const releases = [library.hold("reviews", 1), library.hold("reviews", 3)];
      const { lengths, data } = await streamed(NESTED, { then: () => releases.forEach((release) => release()) });
      assert.deepEqual([lengths, data], [[2, 5], (await library.whole(NESTED)).data]);
    });

    test("deferred fragments in the first elements, which come before the others", async () => {
      const release = library.hold("ratings", 5);
      let first;
      const { data } = await ask(library, NESTED, {}, ({ books }) => {
        if (!books.some(({ reviews }) => reviews)) return;
        first ??= books.length;
        release();
      });
      assert.deepEqual([first, data], [2, (await library.whole(NESTED)).data]);
    });
  });
}
