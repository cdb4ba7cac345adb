// A stand-in for the Anabranch server: serves dist/ with the console's security headers, the injected configuration and a
// small schema whose answers carry made-up `trace` and `problems` extensions. For developing the console; the real test runs against
// the real server.
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSchema, execute, parse, printSchema, validate } from "graphql";

const DIST = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'";
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".ttf": "font/ttf", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8" };

const schema = buildSchema(`
  "What the web shop sees."
  type Query {
    "A page of products, newest first."
    products(
      "How many to return, at most 50."
      first: Int = 20
      category: Category
    ): [Product!]!
    "One product by its number."
    product(id: ID!): Product
  }
  enum Category { BOOTS JACKETS PACKS TENTS }
  "A thing the shop sells."
  type Product {
    id: ID!
    name: String!
    category: Category!
    "Price in the shop's currency, tax included."
    price: Price!
    inStock: Boolean!
    seller: Seller
    reviews(first: Int = 3): [Review!]!
  }
  type Price { amount: String! currency: String! }
  type Seller { id: ID! name: String! }
  type Review { id: ID! stars: Int! text: String }
`);

const NAMES = ["Trail Runner 2", "Storm Shell", "Ridge Pack 40L", "Two-person Tent", "Camp Boot", "Down Jacket", "Day Pack 18L", "Dome Tent"];
const CATEGORIES = ["BOOTS", "JACKETS", "PACKS", "TENTS"];
const product = (index) => ({
  id: `p${index + 1}`,
  name: NAMES[index % NAMES.length],
  category: CATEGORIES[index % 4],
  price: { amount: (49 + index * 7.5).toFixed(2), currency: "EUR" },
  inStock: index % 3 !== 0,
  seller: index === 2 ? null : { id: `s${index % 5}`, name: `Outfitter ${index % 5}` },
  reviews: ({ first }) => Array.from({ length: Math.min(first, 3) }, (_, at) => ({ id: `r${index}-${at}`, stars: 3 + (at % 3), text: "Holds up well in the rain." })),
});
const rootValue = {
  products: ({ first }) => Array.from({ length: Math.min(first, 50) }, (_, index) => product(index)),
  product: ({ id }) => product(Number(id.slice(1)) - 1 || 0),
};

const PLAN = `query
  wave 1
    Query.products  GET catalog /v2/products?limit={$args.first}
  wave 2 (after Query.products)
    Product.price   GET pricing /prices?ids={$batch.id}   batch 100, 12 keys
    Seller          GET catalog /sellers/{$this.id}
    Product.reviews GET reviews /reviews?product={$batch.id}
`;
const call = (connector, upstream, method, keys, source, status, bytes, startUs, durationUs, path, error = null) => ({
  connector, upstream, method, keys, source, status, bytes, startUs, durationUs, error, path,
});
const TRACE = {
  durationUs: 23870,
  planCached: true,
  calls: [
    call("Query.products", "catalog", "GET", 1, "fetched", 200, 29731, 210, 5400, "products"),
    call("Product.price", "pricing", "GET", 12, "fetched", 200, 4108, 5790, 3320, "products.price"),
    call("Seller", "catalog", "GET", 1, "cache", 200, 311, 5800, 6, "products.seller"),
    call("Seller", "catalog", "GET", 1, "shared", 200, 298, 5810, 4100, "products.seller"),
    call("Product.reviews", "reviews", "POST", 12, "fetched", 200, 88213, 5830, 17600, "products.reviews"),
    call("Product.inStock", "stock", "GET", 12, "fetched", 503, 0, 5860, 8000, "products.inStock", "UPSTREAM_TIMEOUT"),
  ],
  plan: PLAN,
};

const PROBLEMS = [
  {
    message: "property `.amount` not found in string", path: ["products", "*", "price", "amount"], connector: "Product.price", upstream: "pricing",
    source: { file: "schema/graph/pricing.graphql", line: 14, column: 9 }, found: "string", expected: "String!", count: 3,
  },
];

const CLIENTS = ["web", "mobile"];
const home = {
  version: "0.1.0",
  clients: CLIENTS.map((name) => ({ name, endpoint: `/${name}/graphql`, schema: name === "web" ? `/${name}/schema.graphql` : null, console: true, types: name === "web" ? 12 : 7 })),
};
const consoleOf = (client) => ({ version: "0.1.0", client, endpoint: `/${client}/graphql`, schema: `/${client}/schema.graphql`, trace: client === "web", clients: CLIENTS });

function page(response, file, config) {
  const json = JSON.stringify(config).replaceAll("<", "\\u003c");
  const html = readFileSync(join(DIST, file), "utf8").replace("<!--anabranch-config-->", () => `<script type="application/json" id="anabranch-config">${json}</script>`);
  reply(response, 200, TYPES[".html"], html);
}

function reply(response, status, type, body) {
  response.writeHead(status, { "content-type": type, "content-security-policy": CSP, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
  response.end(body);
}

async function graphql(request, response) {
  let text = "";
  for await (const chunk of request) text += chunk;
  const { query, variables, operationName } = JSON.parse(text);
  const answer = (body) => reply(response, 200, "application/graphql-response+json", JSON.stringify(body));
  let document;
  try {
    document = parse(query);
  } catch (error) {
    return answer({ errors: [error] });
  }
  // An operation named Slow answers late, to try the stop button.
  if (operationName === "Slow") await new Promise((resolve) => setTimeout(resolve, 5000));
  const errors = validate(schema, document);
  if (errors.length > 0) return answer({ errors });
  const result = await execute({ schema, document, rootValue, variableValues: variables, operationName });
  answer(request.headers["x-anabranch-trace"] ? { ...result, extensions: { problems: PROBLEMS, trace: TRACE } } : result);
}

function file(response, path) {
  const full = normalize(join(DIST, path));
  if (!full.startsWith(DIST) || !existsSync(full)) return reply(response, 404, "text/plain", "not found");
  response.writeHead(200, { "content-type": TYPES[extname(full)] ?? "application/octet-stream", "content-security-policy": CSP, "x-content-type-options": "nosniff" });
  createReadStream(full).pipe(response);
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const [, client, rest] = /^\/([^/]+)\/(graphql|schema\.graphql)$/.exec(pathname) ?? [];
  if (pathname === "/") return page(response, "index.html", home);
  if (CLIENTS.includes(client)) {
    if (rest === "schema.graphql") return reply(response, 200, "text/plain; charset=utf-8", printSchema(schema));
    if (request.method === "POST") return graphql(request, response);
    return page(response, "graphiql.html", consoleOf(client));
  }
  return file(response, pathname);
});
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
