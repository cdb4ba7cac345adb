// Relay 21: the compiler over the downloaded SDL, Babel's plugin, and the runtime with a network layer over `fetch`.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import relay from "relay-runtime";
import { endpoint, overEvents, overWebSocket, sdl, whole } from "./gateway.mjs";
import { compiled, customer, environment as environmentOf, through } from "./relay.mjs";

const { commitMutation, createOperationDescriptor, fetchQuery, getFragment, getSingularSelector, requestSubscription } = relay;

const shop = (subscribe) => environmentOf(endpoint("relay"), { subscribe });

const read = (environment, fragment, reference) => environment.lookup(getSingularSelector(getFragment(fragment), reference)).data;

describe("Relay", () => {
  let app;
  const file = whole();
  before(async () => {
    const schema = await (await fetch(sdl("relay"))).text();
    ({ app } = await compiled(file, "relay", schema));
  });

  test("a query with variables, and the fragments of its components", async () => {
    const { environment } = shop();
    const data = await fetchQuery(environment, app.front, { first: 2 }).toPromise();
    assert.deepEqual([data.products.total, data.viewer.firstName, data.products.items[0].id], [300, "Leon", "Product:1"]);
    const card = read(environment, app.card, data.products.items[0]);
    assert.equal(card.name, "Wren Stoneware Serving Board");
    assert.equal(read(environment, app.seller, card.seller).products.length, 1);
  });

  test("records are kept by ids that no two objects share", async () => {
    const { environment } = shop();
    await fetchQuery(environment, app.front, { first: 3 }).toPromise();
    const ids = environment.getStore().getSource().getRecordIDs();
    assert.ok(ids.includes("Product:1") && ids.includes("Customer:12"));
    assert.ok(ids.some((id) => id.startsWith("Seller:")));
  });

  test("a fragment is fetched again through `node`, with other arguments", async () => {
    const { environment, requests } = shop();
    const data = await fetchQuery(environment, app.front, { first: 1 }).toPromise();
    const { seller } = read(environment, app.card, data.products.items[0]);
    const refetch = getFragment(app.seller).metadata.refetch.operation;
    const again = await fetchQuery(environment, refetch, { id: seller.__id, count: 3 }).toPromise();
    assert.match(requests.at(-1).body.query, /node\(id: \$id\)/);
    assert.equal(read(environment, app.seller, again.node).products.length, 3);
  });

  test("`node` gives an object of whichever type", async () => {
    const { environment } = shop();
    const { node } = await fetchQuery(environment, app.order, { id: "Order:o-10001" }).toPromise();
    assert.deepEqual([node.__typename, node.id, node.status], ["Order", "Order:o-10001", "DELIVERED"]);
    assert.equal((await fetchQuery(environment, app.order, { id: "nothing" }).toPromise()).node, null);
  });

  test("a union, with a fragment on the interface", async () => {
    const { environment } = shop();
    const { search } = await fetchQuery(environment, app.search, { text: "tea" }).toPromise();
    assert.deepEqual(new Set(search.map(({ __typename }) => __typename)), new Set(["Product", "Category"]));
    assert.ok(search.every(({ __typename, id }) => id.startsWith(`${__typename}:`)));
  });

  test("errors with partial data: the field that failed is told where `@catch` stands", async () => {
    const { environment } = shop();
    const { product } = await fetchQuery(environment, app.partial, {}).toPromise();
    assert.equal(product.name, "Wren Stoneware Serving Board");
    assert.equal(product.rendition.ok, false);
    assert.equal(product.rendition.errors[0].extensions.code, "CONNECTOR_FETCH");
  });

  const mutate = (environment, mutation, variables) =>
    new Promise((onCompleted, onError) => commitMutation(environment, { mutation, variables, onCompleted: (data, errors) => (errors ? onError(errors) : onCompleted(data)), onError }));

  test("a mutation changes the record that a query reads", async () => {
    const { environment } = shop();
    const { placeOrder } = await mutate(environment, app.buy, { lines: [{ productId: "1", quantity: 2 }] });
    assert.deepEqual([placeOrder.status, placeOrder.total], ["PLACED", "89.80"]);
    const operation = createOperationDescriptor(app.order, { id: placeOrder.id });
    await fetchQuery(environment, app.order, { id: placeOrder.id }).toPromise();
    await mutate(environment, app.cancel, { key: placeOrder.key });
    assert.equal(environment.lookup(operation.fragment).data.node.status, "CANCELED");
  });

  for (const [name, connect] of [
    ["SSE", (t) => overEvents(t, "relay", customer)],
    ["a WebSocket", (t) => overWebSocket(t, "relay")],
  ]) {
    test(`a subscription over ${name} changes the record that a query reads`, async (t) => {
      const { environment } = shop(through(connect(t)));
      const { placeOrder } = await mutate(environment, app.buy, { lines: [{ productId: "1", quantity: 1 }] });
      const { id, key } = placeOrder;
      const operation = createOperationDescriptor(app.order, { id });
      await fetchQuery(environment, app.order, { id }).toPromise();
      const seen = [];
      await new Promise((resolve, onError) => {
        const onNext = ({ order: { status } }) => {
          seen.push(status);
          // Another app cancels the order: this one's store learns it from the event alone.
          if (status === "PLACED") mutate(shop().environment, app.cancel, { key }).catch(onError);
          else resolve();
        };
        const { dispose } = requestSubscription(environment, { subscription: app.follow, variables: { key }, onNext, onError });
        t.after(dispose);
      });
      assert.deepEqual(seen, ["PLACED", "CANCELED"]);
      assert.equal(environment.lookup(operation.fragment).data.node.status, "CANCELED");
    });
  }

  test("@defer: a fragment of the answer comes later, to the record that it belongs to", async () => {
    const { environment, requests } = shop();
    const operation = createOperationDescriptor(app.deferred, { key: "6" });
    const seen = [];
    await new Promise((complete, error) => {
      environment.execute({ operation }).subscribe({
        next: () => {
          const { product } = environment.lookup(operation.fragment).data;
          seen.push([product.name, read(environment, app.rating, product).rating?.count]);
        },
        complete,
        error,
      });
    });
    assert.match(requests[0].type, /^multipart\/mixed/);
    assert.equal(seen[0][1], undefined);
    assert.ok(seen.at(-1)[1] >= 0);
  });

  test("@defer: a fragment that needs no call of its own is read from the whole answer", async () => {
    const { environment, requests } = shop();
    const { product } = await fetchQuery(environment, app.inline, { key: "1" }).toPromise();
    assert.match(requests[0].type, /^application\/graphql-response\+json/);
    assert.deepEqual(read(environment, app.heading, product), { name: "Wren Stoneware Serving Board", brand: "Velloway" });
  });
});
