// A page of the web shop, as an app with Apollo Client and graphql-codegen writes it.
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { graphql, useFragment as unmask } from "./gql/index.js";
import type { FragmentType } from "./gql/index.js";
import { CardFragmentDoc, OrderStatus } from "./gql/graphql.js";

graphql(`
  fragment Card on Product { id name price { cents formatted } availability }
`);

const FRONT = graphql(`
  query Front($first: Int! = 3) {
    products(first: $first) { total items { id ...Card } }
    promotions { __typename id headline ... on ProductPromotion { product { id ...Card } } ... on ArticlePromotion { article { slug readingMinutes } } }
  }
`);

const BUY = graphql(`
  mutation Buy($customer: ID!, $lines: [OrderLineInput!]!) {
    placeOrder(customerId: $customer, lines: $lines) { id status total placedAt }
  }
`);

function title(card: FragmentType<typeof CardFragmentDoc>): string {
  const { name, price } = unmask(CardFragmentDoc, card);
  // @ts-expect-error a price is null while nobody can tell it
  price.formatted.trim();
  return price ? `${name}, ${price.formatted}` : name;
}

/** What the page shows. */
export async function front(uri: string): Promise<{ total: number; titles: string[]; minutes: number[]; bought: OrderStatus | undefined }> {
  const client = new ApolloClient({ link: new HttpLink({ uri }), cache: new InMemoryCache() });
  const { data } = await client.query({ query: FRONT, variables: { first: 2 } });
  // @ts-expect-error the client has no such field
  data?.products?.warehouse;
  // @ts-expect-error `first` is a number
  const wrong = () => client.query({ query: FRONT, variables: { first: "2" } });
  void wrong;
  const items = data?.products?.items ?? [];
  // @ts-expect-error what a fragment asks for is masked
  items[0]?.name;
  const minutes = (data?.promotions ?? []).flatMap((promotion) => (promotion.__typename === "ArticlePromotion" ? [promotion.article.readingMinutes] : []));
  const bought = await client.mutate({ mutation: BUY, variables: { customer: "15", lines: [{ productId: "1", quantity: 1 }] } });
  return { total: data?.products?.total ?? 0, titles: items.map(title), minutes, bought: bought.data?.placeOrder?.status };
}
