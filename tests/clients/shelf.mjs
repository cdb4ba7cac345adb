// A shelf of five books: a service that holds back answers as a test says, and a gateway in front of it.
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { send, started, workspace } from "./gateway.mjs";

const book = (id) => ({ id, title: `Book ${id}` });
const books = [1, 2, 3, 4, 5].map(book);

const rows = {
  "/books": () => books,
  "/drafts": () => [book(1), null, book(3), null],
  "/pages": ({ page, size }) => ({ total: 5, rows: books.slice((page - 1) * size, page * size) }),
  "/ratings": ({ ids }) =>
    ids.map((id) => ({ id, stars: id === 4 ? "many" : id, pages: id === 4 ? null : id * 100, similar: [1, 2].map((at) => book(id * 10 + at)) })),
  "/covers": ({ ids }) => ids.map((id) => ({ id, cover: `/covers/${id}.png` })),
  "/reviews": ({ ids }) => ids.map((id) => ({ id, reviews: [{ text: `Review ${id}` }] })),
};

/** Starts both. `url` is the gateway's endpoint, `sdl` its schema; `hold` keeps back an answer and gives what lets it go. */
export async function shelf(t) {
  const held = new Map();
  const service = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://service");
    const { ids, ...parameters } = Object.fromEntries(searchParams);
    const asked = ids?.split(",").map(Number);
    await Promise.all((asked ?? []).map((id) => held.get(`${pathname} ${id}`)));
    response.setHeader("content-type", "application/json").end(JSON.stringify(rows[pathname]({ ids: asked, ...parameters })));
  });
  await once(service.listen(0, "127.0.0.1"), "listening");
  t.after(() => service.close().closeAllConnections());
  const folder = workspace(t, ["shelf"]);
  const file = join(folder, "upstreams.toml");
  appendFileSync(file, `base_url = "http://127.0.0.1:${service.address().port}"\n`);
  const origin = await started(t, ["serve", "--config", file]);
  const url = `${origin}/web/graphql`;
  return {
    url,
    sdl: `${origin}/web/schema.graphql`,
    /** Answers of a kind (`ratings`, `reviews`) for a book wait until the returned function is called. */
    hold(kind, id) {
      const place = `/${kind} ${id}`;
      let release;
      held.set(place, new Promise((resolve) => (release = resolve)));
      return () => held.delete(place) && release();
    },
    /** The whole answer to an operation that asks for parts. */
    async whole(query, variables) {
      return (await send(url, { query: query.replaceAll(/@(defer|stream)\(/g, "$&if: false, "), variables })).json();
    },
  };
}
