// Lists with `@stream` and `@stream_connection` in Relay: later elements are answered when the store has the first ones.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import relay from "relay-runtime";
import { whole } from "./gateway.mjs";
import { answers, compiled, environment } from "./relay.mjs";
import { shelf } from "./shelf.mjs";

const { createOperationDescriptor, getFragment, getSingularSelector } = relay;

const read = (shop, fragment, reference) => shop.lookup(getSingularSelector(getFragment(fragment), reference)).data;

describe("Relay", () => {
  const file = whole();
  let library, app;
  before(async () => {
    library = await shelf(file);
    ({ app } = await compiled(file, "relay-shelf", await (await fetch(library.sdl)).text()));
  });

  /** What the store has in the end and which lengths of the list it had, the error that ended the operation, and the text that was sent. */
  async function streamed(query, variables, { list, next = () => {}, on = environment(library.url) }) {
    const operation = createOperationDescriptor(query, variables);
    on.environment.retain(operation);
    const seen = () => list(on.environment.lookup(operation.fragment).data, on.environment);
    const lengths = [];
    const error = await new Promise((resolve) => {
      const told = () => {
        const now = seen();
        if (now.length !== lengths.at(-1)) lengths.push(now.length);
        next(now);
      };
      on.environment.execute({ operation }).subscribe({ next: told, complete: resolve, error: resolve });
    });
    return { list: seen(), lengths, error, text: on.requests.at(-1).body.query };
  }

  const books = ({ books }) => books;

  test("the first elements, then the others, with an error in them where `@catch` stands", async () => {
    const variables = { first: 2 };
    const release = library.hold("ratings", 3);
    const { list, lengths, error, text } = await streamed(app.list, variables, { list: books, next: release });
    assert.deepEqual([lengths, error], [[2, 5], undefined]);
    const caught = { ok: false, errors: [{ extensions: { code: "CONNECTOR_RESPONSE_INVALID" } }] };
    const { data } = await library.whole(text, variables);
    assert.deepEqual(list, data.books.map(({ stars, ...book }) => ({ ...book, stars: stars ? { ok: true, value: stars } : caught })));
  });

  test("no others, where the list has no more elements", async () => {
    const { list, lengths } = await streamed(app.list, { first: 9 }, { list: books });
    assert.deepEqual([lengths, list[4].stars], [[5], { ok: true, value: 5 }]);
  });

  test("an element that may not be null ends its list with an error, and what was told before stays", async () => {
    const release = library.hold("ratings", 3);
    const { list, lengths, error } = await streamed(app.lengths, {}, { list: books, next: release });
    assert.deepEqual([lengths, list.map(({ pages }) => pages)], [[1, 3], [100, 200, 300]]);
    assert.deepEqual(error.source.errors.map(({ path }) => path), [["pages"]]);
  });

  test("an element that is null is not there, and does not end the operation", async () => {
    const { list, error } = await streamed(app.drafts, {}, { list: ({ drafts }) => drafts });
    assert.deepEqual([Array.from(list), error], [[{ id: "1", stars: 1 }, undefined, { id: "3", stars: 3 }], undefined]);
  });

  for (const [when, first, then] of [
    ["after the others", "ratings", "reviews"],
    ["before the others", "reviews", "ratings"],
  ]) {
    test(`deferred fragments in elements, those in the first ones ${when}`, async () => {
      const kinds = { ratings: library.hold("ratings", 3), reviews: library.hold("reviews", 1) };
      const list = (data, shop) => data.books.map((book) => ({ id: book.id, stars: book.stars, ...read(shop, app.reviews, book) }));
      const next = (list) => {
        kinds[first]();
        if (first === "ratings" ? list.length === 5 : list[0].reviews) kinds[then]();
      };
      const { list: all, lengths, text } = await streamed(app.nested, {}, { list, next });
      assert.deepEqual([lengths, all], [[1, 5], (await library.whole(text)).data.books]);
    });
  }

  test("`@stream_connection`: edges come later than the page, and a further page follows them", async () => {
    const on = environment(library.url);
    const first = { first: 3, initial: 1 };
    // Where the list is read, whichever query asked for it.
    const { fragment } = createOperationDescriptor(app.page, first);
    const catalog = () => read(on.environment, app.catalog, on.environment.lookup(fragment).data).catalog;
    const list = () => catalog().edges.map(({ node }) => node.stars);
    const second = library.hold("ratings", 5);
    const one = await streamed(app.page, first, { list, next: library.hold("ratings", 2), on });
    assert.deepEqual([one.lengths, one.list, catalog().pageInfo.hasNextPage], [[1, 3], [1, 2, 3], true]);
    const more = getFragment(app.catalog).metadata.refetch.operation;
    const two = await streamed(more, { ...first, after: catalog().pageInfo.endCursor }, { list, next: second, on });
    assert.deepEqual([two.lengths, two.list, catalog().pageInfo.hasNextPage], [[4, 5], [1, 2, 3, null, 5], false]);
  });
});

test("payloads as Relay takes them: the last answer alone is final", () => {
  assert.deepEqual(answers({ data: { a: 1 } }), [[{ data: { a: 1 }, extensions: { is_final: true } }]]);
  assert.deepEqual(answers({ data: { a: 1 }, hasNext: true }), [[{ data: { a: 1 } }]]);
  assert.deepEqual(answers({ hasNext: false }), []);
  const [[one, two], [three]] = answers({
    incremental: [
      { items: [{ b: 1 }, { b: 2 }], path: ["a", 3], label: "l" },
      { data: { c: null }, path: ["a", 0], label: "d", errors: [{ message: "m", path: ["a", 0, "c"] }] },
    ],
    hasNext: false,
  });
  assert.deepEqual([one.path, two.path, two.extensions], [["a", 3], ["a", 4], {}]);
  assert.deepEqual(three, { data: { c: null }, path: ["a", 0], label: "d", errors: [{ message: "m", path: ["c"] }], extensions: { is_final: true } });
});

test("the documentation has the network layer that is tested here", () => {
  const text = (path) => readFileSync(join(import.meta.dirname, path), "utf8");
  const [layer] = /^\/\/ Errors of a part[^]*(?=\nexport \{ answers \})/m.exec(text("relay.mjs"));
  assert.ok(text("../../docs/clients.md").includes(layer));
});
