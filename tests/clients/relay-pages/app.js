// An endless list written with Relay: what `usePaginationFragment` takes.
const { graphql } = require("relay-runtime");

exports.page = graphql`
  query appPageQuery($first: Int!, $category: String) {
    ...app_catalog @arguments(first: $first, category: $category)
  }
`;

exports.catalog = graphql`
  fragment app_catalog on Query
  @refetchable(queryName: "appCatalogPagesQuery")
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
    category: { type: "String" }
  ) {
    productsConnection(first: $first, after: $after, last: $last, before: $before, category: $category)
      @connection(key: "app_productsConnection", filters: ["category"]) {
      edges {
        node {
          id
          name
        }
      }
    }
  }
`;
