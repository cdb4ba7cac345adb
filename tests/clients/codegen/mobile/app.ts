// A screen of the mobile app, with `fetch` alone and graphql-codegen.
import { graphql } from "./gql/index.js";
import type { TypedDocumentString } from "./gql/graphql.js";

graphql(`
  fragment Tile on Card { id title price rating }
`);

const HOME = graphql(`
  query Home($first: Int) {
    feed(first: $first) { ...Tile }
    me { firstName tier purchases(first: 1) { status total } }
  }
`);

async function execute<Data, Variables>(endpoint: string, document: TypedDocumentString<Data, Variables>, variables: Variables): Promise<Data> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json", "x-customer-id": "12" },
    body: JSON.stringify({ query: document, variables }),
  });
  const { data } = (await response.json()) as { data: Data };
  return data;
}

/** What the screen shows. */
export async function home(endpoint: string): Promise<string[]> {
  const data = await execute(endpoint, HOME, { first: 2 });
  // @ts-expect-error the app has no such argument
  const wrong = () => execute(endpoint, HOME, { last: 2 });
  void wrong;
  // @ts-expect-error the start page is null when the catalog is
  data.feed.length;
  const tier: "BASIC" | "SILVER" | "GOLD" | undefined = data.me?.tier;
  return [`${data.me?.firstName} (${tier})`, ...(data.feed ?? []).map(({ title, price, rating }) => `${title} ${price ?? ""} ${rating?.toFixed(1) ?? ""}`)];
}
