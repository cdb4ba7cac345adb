// Parts of a shop written with Relay. The compiler reads the texts; Babel puts what it generates in their place.
const { graphql } = require("relay-runtime");

exports.front = graphql`
  query appFrontQuery($first: Int!, $withRating: Boolean = false) {
    products(first: $first) {
      total
      items {
        id
        ...app_card
        rating @include(if: $withRating) {
          average
        }
      }
    }
    viewer {
      firstName
    }
  }
`;

exports.card = graphql`
  fragment app_card on Product {
    key
    name
    price {
      formatted
    }
    seller {
      ...app_seller
    }
  }
`;

exports.seller = graphql`
  fragment app_seller on Seller
  @refetchable(queryName: "appSellerRefetchQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 1 }) {
    name
    products(first: $count) {
      id
      name
    }
  }
`;

exports.order = graphql`
  query appNodeQuery($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on Order {
        status
        lines {
          quantity
          product {
            name
          }
        }
      }
    }
  }
`;

exports.search = graphql`
  query appSearchQuery($text: String!) {
    search(text: $text, first: 4) {
      __typename
      ... on Node {
        id
      }
      ... on Product {
        name
      }
      ... on Article {
        headline
      }
    }
  }
`;

exports.partial = graphql`
  query appPartialQuery {
    product(key: "1") {
      name
      rendition(width: 5) @catch(to: RESULT) {
        url
      }
    }
  }
`;

exports.buy = graphql`
  mutation appBuyMutation($lines: [OrderLineInput!]!) {
    placeOrder(lines: $lines) {
      id
      key
      status
      total
    }
  }
`;

exports.cancel = graphql`
  mutation appCancelMutation($key: ID!) {
    cancelOrder(key: $key) {
      id
      status
    }
  }
`;

exports.follow = graphql`
  subscription appFollowSubscription($key: ID!) {
    order(key: $key) {
      id
      status
    }
  }
`;

exports.deferred = graphql`
  query appDeferredQuery($key: ID!) {
    product(key: $key) {
      id
      name
      ...app_rating @defer(label: "rating")
    }
  }
`;

exports.rating = graphql`
  fragment app_rating on Product {
    rating {
      average
      count
    }
  }
`;

exports.inline = graphql`
  query appInlineQuery($key: ID!) {
    product(key: $key) {
      id
      ...app_heading @defer(label: "heading")
    }
  }
`;

exports.heading = graphql`
  fragment app_heading on Product {
    name
    brand
  }
`;
