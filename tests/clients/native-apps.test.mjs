// What Apollo Kotlin 4/5, Apollo iOS 2 and Rover send and expect. None of them runs here: requests are made as they make them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buildClientSchema, buildSchema, getIntrospectionQuery, isInterfaceType, lexicographicSortSchema, printSchema } from "graphql";
import { endpoint, sdl, send, sha256 } from "./gateway.mjs";

const KOTLIN = "multipart/mixed;deferSpec=20220824, application/graphql-response+json, application/json";
const IOS = "multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json";

async function post(view, headers, body) {
  const response = await send(endpoint(view), body, headers);
  return { status: response.status, type: response.headers.get("content-type"), body: await response.json() };
}

// Apollo Kotlin asks first what the introspection types of a server know, and introspects with just that.
const CAPABILITIES = `
  query PreIntrospectionQuery {
    schema: __type(name: "__Schema") { ...Fields }
    type: __type(name: "__Type") { ...Fields }
    directive: __type(name: "__Directive") { ...Fields }
    field: __type(name: "__Field") { ...Fields }
    inputValue: __type(name: "__InputValue") { ...Fields }
  }
  fragment Fields on __Type { fields { name args { name } } }
`;

test("Apollo Kotlin finds what it may introspect", async () => {
  const { status, type, body } = await post("web", { accept: KOTLIN }, { operationName: "PreIntrospectionQuery", variables: {}, query: CAPABILITIES });
  assert.deepEqual([status, body.errors], [200, undefined]);
  assert.match(type, /^application\/graphql-response\+json/);
  const names = (type) => body.data[type].fields.map(({ name }) => name);
  const takes = (type, field) => body.data[type].fields.find(({ name }) => name === field).args.map(({ name }) => name);
  assert.ok(names("schema").includes("description"));
  assert.ok(names("type").includes("specifiedByURL") && names("type").includes("isOneOf"));
  assert.ok(names("directive").includes("isRepeatable"));
  assert.ok(names("inputValue").includes("isDeprecated"));
  assert.deepEqual([takes("directive", "args"), takes("field", "args"), takes("type", "inputFields")], [["includeDeprecated"], ["includeDeprecated"], ["includeDeprecated"]]);
});

const sorted = (schema) => printSchema(lexicographicSortSchema(schema));

// The introspection queries of the tools differ from that of graphql-js in what they leave out.
const DOWNLOADS = {
  "Apollo Kotlin": { accept: "application/graphql-response+json, application/json", query: getIntrospectionQuery({ schemaDescription: true, directiveIsRepeatable: true, inputValueDeprecation: true, specifiedByUrl: true, oneOf: true }) },
  "Apollo Kotlin, without asking first": { accept: "application/graphql-response+json, application/json", query: getIntrospectionQuery({ descriptions: true }) },
  "Apollo iOS": { accept: "*/*", query: getIntrospectionQuery({ descriptions: true }) },
  "Apollo iOS, with deprecated input": { accept: "*/*", query: getIntrospectionQuery({ inputValueDeprecation: true }) },
  Rover: { accept: "*/*", query: getIntrospectionQuery({ inputValueDeprecation: true }).replace("query IntrospectionQuery", "query GraphIntrospectQuery") },
};

for (const view of ["web", "mobile"]) {
  const names = Object.keys(DOWNLOADS);
  test(`${names.join("; ")}: the schema of ${view} by introspection is that of its SDL`, async () => {
    const document = await (await fetch(sdl(view))).text();
    const expected = sorted(buildSchema(document));
    for (const name of names) {
      const { accept, query } = DOWNLOADS[name];
      const operationName = /query (\w+)/.exec(query)[1];
      const { status, body } = await post(view, { accept }, { operationName, query, variables: null });
      assert.deepEqual([status, body.errors], [200, undefined], name);
      assert.equal(sorted(buildClientSchema(body.data)), expected, name);
    }
  });
}

test("Apollo iOS downloads by GET, too", async () => {
  const url = new URL(endpoint("web"));
  url.search = new URLSearchParams({ query: getIntrospectionQuery() });
  const response = await fetch(url, { headers: { "content-type": "application/json" } });
  assert.equal(response.status, 200);
  const schema = buildClientSchema((await response.json()).data);
  assert.ok(isInterfaceType(schema.getType("Promotion")));
});

test("the SDL is text that a browser or `curl -O` can keep", async () => {
  const response = await fetch(sdl("mobile"));
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^(text\/plain|application\/graphql)/);
});

const HOME = "query Home($first: Int!) { feed(first: $first) { __typename ...Card } me { __typename firstName } } fragment Card on Card { __typename id title }";

test("Apollo Kotlin: a query by POST", async () => {
  const body = { operationName: "Home", variables: { first: 2 }, query: HOME, extensions: { clientLibrary: { name: "apollo-kotlin", version: "5.0.0" } } };
  const answer = await post("mobile", { accept: KOTLIN, "x-customer-id": "12" }, body);
  assert.match(answer.type, /^application\/graphql-response\+json/);
  assert.equal(answer.body.data.feed[0].__typename, "Card");
  assert.equal(answer.body.data.me.__typename, "Shopper");
});

test("Apollo Kotlin: a query by GET", async () => {
  const url = new URL(endpoint("mobile"));
  url.search = new URLSearchParams({ operationName: "Home", variables: '{"first":1}', query: HOME, extensions: '{"clientLibrary":{"name":"apollo-kotlin","version":0}}' });
  const response = await fetch(url, { headers: { accept: KOTLIN, "apollo-require-preflight": "true", "x-customer-id": "12" } });
  assert.deepEqual([response.status, (await response.json()).data.feed.length], [200, 1]);
});

test("Apollo iOS: a query by POST, with its headers", async () => {
  const headers = {
    accept: IOS,
    "x-apollo-operation-name": "Home",
    "x-apollo-operation-type": "query",
    "x-apollo-operation-id": "0f5a",
    "apollographql-client-name": "com.example.shop-apollo-ios",
    "apollographql-client-version": "1.0-1",
    "x-customer-id": "12",
  };
  const answer = await post("mobile", headers, { operationName: "Home", variables: { first: 1 }, query: HOME });
  assert.match(answer.type, /^application\/graphql-response\+json/);
  assert.equal(answer.body.data.me.firstName, "Leon");
});

test("errors with partial data have what both parse: message, locations, path, extensions", async () => {
  for (const accept of [KOTLIN, IOS]) {
    const { status, body } = await post("mobile", { accept }, { operationName: "Home", variables: { first: 1 }, query: HOME });
    assert.equal(status, 200);
    assert.deepEqual([body.data.feed.length, body.data.me], [1, null]);
    const [{ message, locations, path, extensions }] = body.errors;
    assert.equal(typeof message, "string");
    assert.deepEqual([path, extensions.code, Object.keys(locations[0])], [["me"], "BAD_USER_INPUT", ["line", "column"]]);
  }
});

test("a mutation", async () => {
  const query = "mutation Buy($lines: [BasketLine!]!) { buy(lines: $lines) { __typename id status } }";
  const body = { operationName: "Buy", variables: { lines: [{ productId: "3", quantity: 1 }] }, query };
  const answer = await post("mobile", { accept: KOTLIN, "x-customer-id": "12" }, body);
  assert.deepEqual([answer.body.data.buy.__typename, answer.body.data.buy.status], ["Purchase", "PLACED"]);
});

test("automatic persisted queries as both send them: the hash, then hash and document, then the hash", async () => {
  for (const [name, accept] of [["Kotlin", KOTLIN], ["IOS", IOS]]) {
    const query = `query ${name} { feed(first: 1) { __typename id } }`;
    const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(query) } };
    const ask = (more) => post("mobile", { accept }, { operationName: name, variables: {}, extensions, ...more });
    const unknown = await ask();
    assert.deepEqual([unknown.status, unknown.body.errors[0].message, unknown.body.errors[0].extensions.code], [200, "PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND"]);
    assert.equal((await ask({ query })).body.data.feed.length, 1);
    assert.equal((await ask()).body.data.feed.length, 1);
  }
});

/** The parts of a multipart body as they come, each as Apollo iOS takes it: its content type compared in full, then JSON. */
async function* parts(response) {
  const boundary = /boundary="?([^";]+)/.exec(response.headers.get("content-type"))[1];
  const delimiter = `\r\n--${boundary}`;
  let text = "";
  for await (const bytes of response.body.pipeThrough(new TextDecoderStream())) {
    text += bytes;
    for (let end = text.indexOf(delimiter); end >= 0; end = text.indexOf(delimiter)) {
      const part = text.slice(0, end);
      text = text.slice(end + delimiter.length);
      if (!part) continue;
      const [header, json] = part.trimStart().split("\r\n\r\n");
      assert.equal(header, "content-type: application/json");
      yield JSON.parse(json);
    }
  }
}

for (const [name, accept] of [
  ["Apollo Kotlin", KOTLIN],
  ["Apollo iOS", IOS],
]) {
  test(`${name}: @defer in the format of 2022`, async () => {
    const query = 'query Deferred { item(id: "7") { __typename id title ...Stars @defer(label: "stars") } } fragment Stars on Item { __typename rating reviewCount }';
    const response = await send(endpoint("mobile"), { operationName: "Deferred", variables: {}, query }, { accept });
    assert.match(response.headers.get("content-type"), /^multipart\/mixed;.*;\s*deferSpec=20220824$/);
    const answers = [];
    for await (const answer of parts(response)) answers.push(answer);
    const [first, ...later] = answers;
    assert.deepEqual([first.hasNext, "rating" in first.data.item, later.at(-1).hasNext], [true, false, false]);
    const [{ path, label, data }] = later.flatMap(({ incremental = [] }) => incremental);
    assert.deepEqual([path, label, Object.keys(data)], [["item"], "stars", ["__typename", "rating", "reviewCount"]]);
  });
}

describe("subscriptions", { concurrency: true }, () => {
  for (const [name, accept] of [
    ["Apollo Kotlin", "multipart/mixed;subscriptionSpec=1.0, application/graphql-response+json, application/json"],
    ["Apollo iOS", "multipart/mixed;subscriptionSpec=1.0,application/graphql-response+json,application/json"],
  ]) {
    test(`${name}: a subscription over multipart HTTP`, async () => {
      const placed = await post("web", { accept: KOTLIN }, { query: 'mutation { placeOrder(customerId: "19", lines: [{ productId: "1", quantity: 1 }]) { id } }' });
      const { id } = placed.body.data.placeOrder;
      const cancel = () => post("web", { accept: KOTLIN }, { query: "mutation Cancel($id: ID!) { cancelOrder(id: $id) { id } }", variables: { id } });
      const leave = new AbortController();
      const follow = { operationName: "Follow", query: "subscription Follow($id: ID!) { order(id: $id) { __typename status } }", variables: { id } };
      const response = await send(endpoint("web"), follow, { accept }, leave.signal);
      assert.match(response.headers.get("content-type"), /^multipart\/mixed;.*;\s*subscriptionSpec=1\.0$/);
      const seen = [];
      for await (const { payload } of parts(response)) {
        if (!payload) continue;
        seen.push(payload.data.order.status);
        if (seen.length === 1) await cancel();
        else break;
      }
      leave.abort();
      assert.deepEqual(seen, ["PLACED", "CANCELED"]);
    });
  }
});
