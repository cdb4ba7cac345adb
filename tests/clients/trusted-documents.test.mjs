// Trusted documents: each tool writes its manifest when an app is built, the gateway reads them, and the apps send ids alone.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { before, describe, test } from "node:test";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { createPersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { generatePersistedQueryIdsFromManifest } from "@apollo/persisted-query-lists";
import relay from "relay-runtime";
import { recorder, run, schema, send, serving, sha256, whole, workspace } from "./gateway.mjs";
import { compiled, customer, environment } from "./relay.mjs";

const json = (path) => JSON.parse(readFileSync(path, "utf8"));

// As Apollo Kotlin and Apollo iOS write documents: on one line or many, with `__typename` where a cache needs it.
const KOTLIN = "query Home { feed(first: 1) { __typename id title } }";
const IOS = "query Item($id: ID!) { item(id: $id) { __typename id title } }";

describe("trusted documents", () => {
  const t = whole();
  let gateway, web, mobile, relayed;

  before(async () => {
    web = workspace(t, ["manifest"]);
    await run(web, ["generate-persisted-query-manifest"]);
    mobile = workspace(t, ["codegen/mobile"]);
    await run(mobile, ["graphql-codegen", "--config", "codegen.mjs"], { SHOP_SDL: await schema(t, "mobile") });
    writeFileSync(join(mobile, "kotlin.json"), JSON.stringify({ [sha256(KOTLIN)]: { name: "Home", source: KOTLIN } }));
    const operation = { id: sha256(IOS), body: IOS, name: "Item", type: "query" };
    writeFileSync(join(mobile, "ios.json"), JSON.stringify({ format: "apollo-persisted-query-manifest", version: 1, operations: [operation] }));
    relayed = await compiled(t, "relay", readFileSync(await schema(t, "relay"), "utf8"), { persistConfig: { file: "./documents.json", algorithm: "SHA256" } });
    const trusted = (mode, files) => `trusted_documents = { mode = "${mode}", files = ${JSON.stringify(files)} }`;
    gateway = await serving(t, {
      web: trusted("safelist", [join(web, "persisted-query-manifest.json")]),
      mobile: trusted("ids-only", ["gql/persisted-documents.json", "kotlin.json", "ios.json"].map((file) => join(mobile, file))),
      relay: trusted("ids-only", [join(relayed.folder, "documents.json")]),
    });
  });

  test("Apollo Client with the manifest of generate-persisted-query-manifest", async () => {
    const { CARDS, BUY } = await import(pathToFileURL(join(web, "operations.mjs")));
    const { fetch, requests } = recorder();
    const loadManifest = async () => json(join(web, "persisted-query-manifest.json"));
    const persisted = createPersistedQueryLink(generatePersistedQueryIdsFromManifest({ loadManifest }));
    const http = new HttpLink({ uri: `${gateway}/web/graphql`, fetch });
    const client = new ApolloClient({ link: persisted.concat(http), cache: new InMemoryCache() });
    const { data } = await client.query({ query: CARDS, variables: { first: 2 } });
    assert.deepEqual(data.products.items.map(({ name }) => name), ["Wren Stoneware Serving Board", "Fjell Copper Mug"]);
    const bought = await client.mutate({ mutation: BUY, variables: { lines: [{ productId: "1", quantity: 1 }] } });
    assert.equal(bought.data.placeOrder.status, "PLACED");
    assert.deepEqual(requests.map(({ body, status }) => [body.query, status]), [[undefined, 200], [undefined, 200]]);
  });

  test("what is not in the manifest is refused, and what is may be sent in full", async () => {
    const { CARDS } = await import(pathToFileURL(join(web, "operations.mjs")));
    const client = new ApolloClient({ link: new HttpLink({ uri: `${gateway}/web/graphql` }), cache: new InMemoryCache() });
    const { data } = await client.query({ query: CARDS, variables: { first: 1 } });
    assert.equal(data.products.items.length, 1);
    const refused = client.query({ query: gql`query Other { categories { slug } }` });
    await assert.rejects(refused, (error) => error.errors[0].extensions.code === "QUERY_NOT_IN_SAFELIST");
  });

  const ask = async (body) => (await send(`${gateway}/mobile/graphql`, body, customer)).json();

  test("the persisted documents of graphql-codegen, by `documentId` and by the extension of Apollo's clients", async () => {
    const [id] = Object.keys(json(join(mobile, "gql/persisted-documents.json")));
    assert.match(id, /^sha256:/);
    const variables = { first: 2 };
    const byId = await ask({ documentId: id, variables });
    assert.equal(byId.data.feed.length, 2);
    for (const sha256Hash of [id, id.slice("sha256:".length)]) {
      assert.deepEqual(await ask({ variables, extensions: { persistedQuery: { version: 1, sha256Hash } } }), byId);
    }
  });

  test("the manifests of Apollo Kotlin and Apollo iOS", async () => {
    for (const [document, variables] of [[KOTLIN, {}], [IOS, { id: "1" }]]) {
      const operationName = /query (\w+)/.exec(document)[1];
      const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(document) } };
      const { data, errors } = await ask({ operationName, variables, extensions });
      assert.equal(errors, undefined);
      assert.equal((data.item ?? data.feed[0]).title, "Wren Stoneware Serving Board");
      const sent = await ask({ operationName, variables, query: document });
      assert.equal(sent.data, undefined);
    }
  });

  test("Relay with the map that its compiler writes", async () => {
    const { app } = relayed;
    for (const member of ["documentId", "doc_id", "id"]) {
      const { environment: shop, requests } = environment(`${gateway}/relay/graphql`, { body: ({ id }, variables) => ({ [member]: id, variables }) });
      const { products } = await relay.fetchQuery(shop, app.front, { first: 1 }).toPromise();
      assert.equal(products.items[0].id, "Product:1");
      assert.deepEqual(Object.keys(requests[0].body), [member, "variables"]);
    }
  });
});
