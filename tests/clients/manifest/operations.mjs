// The operations of a web app with Apollo Client: what `generate-persisted-query-manifest` reads, and what the app runs.
import { gql } from "@apollo/client";

const CARD = gql`
  fragment Card on Product {
    id
    name
  }
`;

export const CARDS = gql`
  query Cards($first: Int!) {
    products(first: $first) {
      items {
        ...Card
      }
    }
  }
  ${CARD}
`;

export const BUY = gql`
  mutation Buy($lines: [OrderLineInput!]!) {
    placeOrder(customerId: "20", lines: $lines) {
      id
      status
    }
  }
`;
