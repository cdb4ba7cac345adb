// A shelf of books written with Relay: what comes later says `@stream`, `@stream_connection` or `@defer`.
const { graphql } = require("relay-runtime");

exports.list = graphql`
  query appListQuery($first: Int!) {
    books @stream(label: "rest", initialCount: $first) {
      id
      title
      stars @catch(to: RESULT)
    }
  }
`;

exports.lengths = graphql`
  query appLengthsQuery {
    books @stream(label: "rest", initialCount: 1) {
      id
      pages
    }
  }
`;

exports.drafts = graphql`
  query appDraftsQuery {
    drafts @stream(label: "rest", initialCount: 1) {
      id
      stars
    }
  }
`;

exports.nested = graphql`
  query appNestedQuery {
    books @stream(label: "rest", initialCount: 1) {
      id
      stars
      ...app_reviews @defer(label: "reviews")
    }
  }
`;

exports.reviews = graphql`
  fragment app_reviews on Book {
    reviews {
      text
    }
  }
`;

exports.page = graphql`
  query appPageQuery($first: Int, $initial: Int!) {
    ...app_catalog @arguments(first: $first, initial: $initial)
  }
`;

exports.catalog = graphql`
  fragment app_catalog on Query
  @refetchable(queryName: "appCatalogPagesQuery")
  @argumentDefinitions(first: { type: "Int" }, after: { type: "String" }, initial: { type: "Int!" }) {
    catalog(first: $first, after: $after)
      @stream_connection(key: "app_catalog", label: "edges", initial_count: $initial) {
      edges {
        node {
          id
          stars
        }
      }
    }
  }
`;
