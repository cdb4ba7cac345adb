//! Each rule of the specification's validation chapter with documents that break it and documents that keep it.

use super::{LIMITS, client, messages, prepare};

/// Rule, document, and a part of the expected message.
const INVALID: &[(&str, &str, &str)] = &[
    // --- incremental delivery
    ("defer: on a field", "{ books @defer { id } }", "may not be used on FIELD"),
    ("stream: on a fragment", "{ ... @stream { books { id } } }", "may not be used on INLINE_FRAGMENT"),
    ("defer: unknown argument", "{ ... @defer(name: \"a\") { books { id } } }", "Unknown argument `name`"),
    (
        "defer: labels are unique",
        "{ ... @defer(label: \"a\") { books { id } } books { ... @defer(label: \"a\") { id } } }",
        "must be unique across all",
    ),
    (
        "stream: labels are unique with those of defer",
        "{ books @stream(label: \"a\") { ... @defer(label: \"a\") { id } } }",
        "must be unique across all",
    ),
    (
        "defer: labels are static",
        "query($a: String) { ... @defer(label: $a) { books { id } } }",
        "Argument `@defer(label:)` must be a static string.",
    ),
    (
        "defer: not at the root of mutations",
        "mutation { ... @defer { ping } }",
        "Defer directive cannot be used on root mutation type.",
    ),
    (
        "defer: not at the root of mutations, in fragments",
        "mutation { ...F } fragment F on Mutation { ... @defer { ping } }",
        "Defer directive cannot be used on root mutation type.",
    ),
    (
        "defer: not in subscriptions",
        "subscription { added { ...F @defer } } fragment F on Book { id }",
        "Defer directive not supported on subscription operations.",
    ),
    (
        "defer: not in fragments of subscriptions",
        "subscription { added { ...F } } fragment F on Book { ... @defer(if: true) { id } }",
        "Defer directive not supported on subscription operations.",
    ),
    ("stream: labels are static", "query($a: String) { books @stream(label: $a) { id } }", "must be a static string"),
    (
        "stream: not in subscriptions",
        "subscription { added { author { books @stream { id } } } }",
        "Stream directive not supported on subscription operations.",
    ),
    ("stream: only lists", "{ book(id: 1) @stream { id } }", "cannot be used on non-list field `Query.book`"),
    ("stream: negative count", "{ books @stream(initialCount: -1) { id } }", "must not be negative"),
    (
        "stream: does not merge",
        "{ books @stream { id } ...F } fragment F on Query { books { title } }",
        "Fields `books` conflict because they have overlapping stream directives.",
    ),
    // --- documents and operations
    ("executable definitions", "{ books { id } } type A { a: Int }", "The `A` definition is not executable."),
    ("operation names are unique", "query A { books { id } } query A { books { id } }", "only one operation named `A`"),
    ("lone anonymous operation", "{ books { id } } query A { books { id } }", "anonymous operation must be the only"),
    (
        "subscription: one root field",
        "subscription { added { id } removed { id } }",
        "must select only one top level field",
    ),
    (
        "subscription: one root field through a fragment",
        "subscription { ...F } fragment F on Subscription { added { id } removed { id } }",
        "only one top level field",
    ),
    (
        "subscription: no condition on a fragment at the root",
        "subscription($b: Boolean!) { ... @include(if: $b) { added { id } } }",
        "can not specify @skip or @include",
    ),
    ("subscription: no introspection", "subscription { __typename }", "must not select an introspection"),
    (
        "subscription: no condition on the root field",
        "subscription($b: Boolean!) { added @skip(if: $b) { id } }",
        "can not specify @skip or @include",
    ),
    // --- fields
    ("fields exist", "{ nope }", "Cannot query field `nope` on type `Query`."),
    ("fields exist: suggestion", "{ boks { id } }", "Cannot query field `boks` on type `Query`. Did you mean `books`"),
    ("fields exist: nested", "{ books { nope } }", "Cannot query field `nope` on type `Book`."),
    (
        "fields exist: on a union",
        "{ find { title } }",
        "Cannot query field `title` on type `Found`. Did you mean to use an inline fragment on `Book`?",
    ),
    ("fields exist: on an interface", "{ node(id: 1) { title } }", "inline fragment on `Book`?"),
    (
        "fields exist: in an unused branch of a fragment",
        "{ ...F } fragment F on Query { books { nope } }",
        "`nope` on type `Book`",
    ),
    (
        "fields exist: __schema below the root",
        "{ books { __schema { description } } }",
        "Cannot query field `__schema` on type `Book`.",
    ),
    ("fields exist: in introspection", "{ __schema { nope } }", "Cannot query field `nope` on type `__Schema`."),
    ("fields exist: __type on Mutation", "mutation { __type(name: \"A\") { name } }", "Cannot query field `__type`"),
    (
        "merging: different fields",
        "{ books { id: title id } }",
        "conflict because `title` and `id` are different fields",
    ),
    ("merging: different arguments", "{ book(id: 1) { id } book(id: 2) { id } }", "differing arguments"),
    ("merging: an argument and none", "{ books { title(length: 1) title } }", "differing arguments"),
    ("merging: lists of different length", "{ shelf(numbers: [1]) shelf(numbers: [1, 2]) }", "differing arguments"),
    ("merging: an empty list", "{ shelf(numbers: []) shelf(numbers: [1, 2]) }", "differing arguments"),
    (
        "merging: lists in objects",
        "{ find(filter: {text: \"a\", tags: [\"a\"]}) { __typename } find(filter: {text: \"a\", tags: [\"a\", \"b\"]}) { __typename } }",
        "differing arguments",
    ),
    (
        "merging: below the first level",
        "{ books { author { a: name } } books { author { a: motto } } }",
        "different fields",
    ),
    ("merging: arguments below", "{ books { title(length: 1) } books { title(length: 2) } }", "differing arguments"),
    (
        "merging: through fragments",
        "{ books { ...A ...B } } fragment A on Book { x: id } fragment B on Book { x: title }",
        "different fields",
    ),
    (
        "merging: shapes differ",
        "{ find { ... on Book { x: pages } ... on Author { x: name } } }",
        "conflicting types `Int` and `String!`",
    ),
    (
        "merging: nullability differs",
        "{ find { ... on Book { x: title } ... on Author { x: motto } } }",
        "conflicting types `String!` and `String`",
    ),
    (
        "merging: list and not",
        "{ find { ... on Book { x: author { id } } ... on Author { x: books { id } } } }",
        "conflicting types",
    ),
    (
        "merging: composites below differ",
        "{ find { ... on Book { x: author { y: name } } ... on Author { x: __typename } } }",
        "conflicting types",
    ),
    (
        "leaves: scalar with selection",
        "{ books { pages { a } } }",
        "must not have a selection since type `Int` has no subfields",
    ),
    ("leaves: enum with selection", "{ color(of: RED) { a } }", "must not have a selection"),
    ("leaves: object without", "{ books }", "must have a selection of subfields. Did you mean `books { ... }`?"),
    ("leaves: union without", "{ find }", "must have a selection of subfields"),
    ("leaves: __schema without", "{ __schema }", "must have a selection of subfields"),
    // --- arguments
    ("argument names", "{ book(id: 1, nope: 2) { id } }", "Unknown argument `nope` on field `Query.book`."),
    ("argument names: suggestion", "{ books(frist: 1) { id } }", "Did you mean `first`?"),
    (
        "argument names of directives",
        "{ books @include(iff: true) { id } }",
        "Unknown argument `iff` on directive `@include`. Did you mean `if`?",
    ),
    ("argument names in introspection", "{ __type(nam: \"A\") { name } }", "Unknown argument `nam`"),
    ("arguments are unique", "{ book(id: 1, id: 2) { id } }", "only one argument named `id`"),
    ("required arguments", "{ book { id } }", "Argument `id` of type `ID!` on field `Query.book` is required"),
    ("required arguments of directives", "{ books @include { id } }", "Argument `if` of type `Boolean!`"),
    ("required arguments: null", "{ book(id: null) { id } }", "Expected value of type `ID!`, found null."),
    ("non-null arguments with a default: null", "{ on(text: null) }", "Expected value of type `String!`, found null."),
    // --- fragments
    (
        "fragment names are unique",
        "{ books { ...F } } fragment F on Book { id } fragment F on Book { title }",
        "only one fragment named `F`",
    ),
    ("fragment types exist", "{ books { ...F } } fragment F on Bok { id }", "Unknown type `Bok`. Did you mean `Book`"),
    ("inline fragment types exist", "{ books { ... on Nope { id } } }", "Unknown type `Nope`."),
    ("fragments on composite types", "{ books { ...F } } fragment F on Int { id }", "non composite type `Int`"),
    ("inline fragments on composite types", "{ books { ... on Filter { text } } }", "non composite type `Filter`"),
    ("fragments are used", "{ ping: books { id } } fragment F on Book { id }", "Fragment `F` is never used."),
    ("spreads exist", "{ books { ...Nope } }", "Unknown fragment `Nope`."),
    (
        "spreads form no cycle",
        "{ books { ...A } } fragment A on Book { ...B } fragment B on Book { ...A }",
        "within itself",
    ),
    ("spreads form no cycle: of one", "{ books { ...A } } fragment A on Book { ...A }", "within itself"),
    (
        "spreads form no cycle: below fields",
        "{ books { ...A } } fragment A on Book { author { books { ...A } } }",
        "within itself",
    ),
    ("spreads are possible: objects", "{ books { ... on Author { id } } }", "can never be of type `Author`"),
    ("spreads are possible: named", "{ books { ...F } } fragment F on Author { id }", "can never be of type"),
    ("spreads are possible: in a union", "{ find { ... on Query { ping: __typename } } }", "can never be of type"),
    ("spreads are possible: interface", "{ node(id: 1) { ... on Shelf { label } } }", "can never be of type"),
    ("a fragment is not named on", "{ books { ...on } } fragment on on Book { id }", "Syntax Error"),
    // --- values
    ("values: string for Int", "{ books(first: \"1\") { id } }", "Int cannot represent non-integer value: \"1\""),
    ("values: float for Int", "{ books(first: 1.5) { id } }", "Int cannot represent non-integer value: 1.5"),
    (
        "values: Int beyond 32 bits",
        "{ books(first: 2147483648) { id } }",
        "non 32-bit signed integer value: 2147483648",
    ),
    ("values: Int below 32 bits", "{ books(first: -2147483649) { id } }", "non 32-bit signed integer"),
    ("values: Int for String", "{ on(text: 1) }", "String cannot represent a non string value: 1"),
    ("values: Int for Boolean", "{ on(flag: 1) }", "Boolean cannot represent a non boolean value: 1"),
    ("values: float for ID", "{ book(id: 1.5) { id } }", "ID cannot represent"),
    ("values: boolean for ID", "{ book(id: true) { id } }", "ID cannot represent"),
    ("values: enum for String", "{ on(text: RED) }", "String cannot represent"),
    ("values: infinite Float", "{ on(ratio: 1e999) }", "Float cannot represent"),
    ("values: string for Float", "{ on(ratio: \"1\") }", "Float cannot represent"),
    (
        "values: enum as string",
        "{ color(of: \"RED\") }",
        "Enum `Color` cannot represent non-enum value: \"RED\". Did you mean the enum value `RED`?",
    ),
    (
        "values: unknown enum value",
        "{ color(of: REDD) }",
        "Value `REDD` does not exist in `Color` enum. Did you mean `RED`",
    ),
    ("values: Int for enum", "{ color(of: 1) }", "Enum `Color` cannot represent"),
    ("values: true for enum", "{ color(of: true) }", "Enum `Color` cannot represent"),
    (
        "values: null in a list of non-null",
        "{ shelf(numbers: [1, null]) }",
        "Expected value of type `Int!`, found null.",
    ),
    ("values: wrong item", "{ shelf(numbers: [1, \"a\"]) }", "Int cannot represent"),
    ("values: list for a scalar", "{ books(first: [1]) { id } }", "Int cannot represent non-integer value: a list"),
    ("values: nested lists", "{ shelf(rows: [[[1]]]) }", "Int cannot represent non-integer value: a list"),
    (
        "values: object for a scalar",
        "{ books(first: {a: 1}) { id } }",
        "Int cannot represent non-integer value: an object",
    ),
    (
        "values: scalar for an input object",
        "{ find(filter: 1) { __typename } }",
        "Expected value of type `Filter`, found 1.",
    ),
    (
        "values: in nested input objects",
        "{ find(filter: {text: \"a\", inner: {text: 1}}) { __typename } }",
        "String cannot represent",
    ),
    ("values: in directives", "{ books @include(if: 1) { id } }", "Boolean cannot represent"),
    ("values: in introspection", "{ __type(name: 1) { name } }", "String cannot represent"),
    (
        "input fields exist",
        "{ find(filter: {text: \"a\", limt: 1}) { __typename } }",
        "Field `limt` is not defined by type `Filter`. Did you mean `limit`?",
    ),
    (
        "input fields exist: every unknown one",
        "{ find(filter: {text: \"a\", foo: 1, bar: 2}) { __typename } }",
        "Field `bar` is not defined",
    ),
    (
        "input fields are unique",
        "{ find(filter: {text: \"a\", text: \"b\"}) { __typename } }",
        "only one input field named `text`",
    ),
    ("input fields are unique: in a custom scalar", "{ on(date: {a: 1, a: 2}) }", "only one input field named `a`"),
    (
        "required input fields",
        "{ find(filter: {limit: 1}) { __typename } }",
        "Field `Filter.text` of required type `String!` was not provided.",
    ),
    (
        "required input fields: null",
        "{ find(filter: {text: null}) { __typename } }",
        "Expected value of type `String!`, found null.",
    ),
    (
        "input fields with a default: null",
        "{ find(filter: {text: \"a\", exact: null}) { __typename } }",
        "Expected value of type `Boolean!`, found null.",
    ),
    ("oneOf: two", "{ find(by: {id: 1, slug: \"a\"}) { __typename } }", "`By` must specify exactly one key"),
    ("oneOf: none", "{ find(by: {}) { __typename } }", "exactly one key"),
    ("oneOf: null", "{ find(by: {id: null}) { __typename } }", "must not specify null"),
    ("oneOf: one and a null", "{ find(by: {id: 1, slug: null}) { __typename } }", "exactly one key"),
    ("oneOf: nullable variable", "query($i: ID) { find(by: {id: $i}) { __typename } }", "must be non-nullable"),
    (
        "oneOf: nullable variable with a null default",
        "query($i: ID = null) { find(by: {id: $i}) { __typename } }",
        "must be non-nullable",
    ),
    ("oneOf: wrong value", "{ find(by: {id: true}) { __typename } }", "ID cannot represent"),
    // --- directives
    ("directives exist", "{ books @nope { id } }", "Unknown directive `@nope`."),
    ("directives exist: suggestion", "{ books @inclde(if: true) { id } }", "Did you mean `@include`?"),
    ("directives stand in their places", "query @include(if: true) { books { id } }", "may not be used on QUERY"),
    ("directives of schemas stand in schemas", "{ books @deprecated { id } }", "may not be used on FIELD"),
    (
        "directives are unique",
        "{ books @include(if: true) @include(if: true) { id } }",
        "can only be used once at this location",
    ),
    // --- variables
    ("variables are unique", "query($a: ID!, $a: ID!) { book(id: $a) { id } }", "only one variable named `$a`"),
    ("variables are of input types", "query($a: Book) { on(date: $a) }", "cannot be non-input type `Book`"),
    (
        "variables are of known types",
        "query($a: Colour!) { color(of: $a) }",
        "Unknown type `Colour`. Did you mean `Color`",
    ),
    ("variables are defined", "{ book(id: $a) { id } }", "Variable `$a` is not defined."),
    ("variables are defined: named operation", "query Q { book(id: $a) { id } }", "not defined by operation `Q`"),
    (
        "variables are defined: in fragments",
        "{ ...F } fragment F on Query { book(id: $a) { id } }",
        "Variable `$a` is not defined",
    ),
    (
        "variables are defined: in objects",
        "{ find(filter: {text: $z}) { __typename } }",
        "Variable `$z` is not defined",
    ),
    ("variables are defined: in lists", "{ shelf(numbers: [1, $z]) }", "Variable `$z` is not defined"),
    ("variables are defined: in custom scalars", "{ on(date: {a: [$z]}) }", "Variable `$z` is not defined"),
    ("variables are defined: in directives", "{ books @include(if: $z) { id } }", "Variable `$z` is not defined"),
    (
        "variables are defined: in directives of spreads",
        "{ ...F @skip(if: $z) } fragment F on Query { books { id } }",
        "Variable `$z` is not defined",
    ),
    ("variables are used", "query($a: Int) { books { id } }", "Variable `$a` is never used."),
    (
        "variables are used: in each operation",
        "query A($a: ID!) { book(id: $a) { id } } query B($a: ID!) { books { id } }",
        "never used in operation `B`",
    ),
    (
        "variables fit: nullable for non-null",
        "query($a: ID) { book(id: $a) { id } }",
        "Variable `$a` of type `ID` used in position expecting type `ID!`.",
    ),
    (
        "variables fit: null default for non-null",
        "query($a: ID = null) { book(id: $a) { id } }",
        "Variable `$a` of type `ID` used in position",
    ),
    ("variables fit: name", "query($a: String!) { book(id: $a) { id } }", "expecting type `ID!`"),
    ("variables fit: Int for Float", "query($a: Int) { on(ratio: $a) }", "expecting type `Float`"),
    ("variables fit: list of nullable", "query($a: [Int]!) { shelf(numbers: $a) }", "expecting type `[Int!]!`"),
    ("variables fit: no wrapping in lists", "query($a: Int!) { shelf(numbers: $a) }", "expecting type `[Int!]!`"),
    ("variables fit: list for item", "query($a: [Int!]) { books(first: $a) { id } }", "expecting type `Int`"),
    ("variables fit: in list items", "query($a: String!) { shelf(numbers: [$a]) }", "expecting type `Int!`"),
    ("variables fit: nullable in list items", "query($a: Int) { shelf(numbers: [$a]) }", "expecting type `Int!`"),
    (
        "variables fit: in input fields",
        "query($a: Int) { find(filter: {text: $a}) { __typename } }",
        "expecting type `String!`",
    ),
    (
        "variables fit: nullable in input fields",
        "query($a: String) { find(filter: {text: $a}) { __typename } }",
        "expecting type `String!`",
    ),
    (
        "variables fit: in directives",
        "query($a: Boolean) { books @include(if: $a) { id } }",
        "expecting type `Boolean!`",
    ),
    (
        "variables fit: in fragments, for each operation",
        "query A($a: ID!) { ...F } query B($a: Int!) { ...F } fragment F on Query { book(id: $a) { id } }",
        "`$a` of type `Int!`",
    ),
    ("defaults: wrong type", "query($a: Int = \"x\") { books(first: $a) { id } }", "Int cannot represent"),
    (
        "defaults: null for non-null",
        "query($a: ID! = null) { book(id: $a) { id } }",
        "Expected value of type `ID!`, found null.",
    ),
    ("defaults: variables", "query($a: Int = $b, $b: Int) { books(first: $a) { id } }", "Syntax Error"),
    ("defaults: oneOf", "query($a: By = {id: 1, slug: \"a\"}) { find(by: $a) { __typename } }", "exactly one key"),
    // --- syntax
    ("syntax: empty document", "", "Syntax Error"),
    ("syntax: only a comment", "# nothing", "Syntax Error"),
    ("syntax: empty variable definitions", "query() { books { id } }", "Syntax Error"),
    ("syntax: empty selection", "{ }", "Syntax Error"),
    ("syntax: empty nested selection", "{ books { } }", "Syntax Error"),
    ("syntax: empty arguments", "{ books() { id } }", "Syntax Error"),
    ("syntax: keyword runs into name", "querya { books { id } }", "Syntax Error"),
    ("syntax: leading zero", "{ books(first: 01) { id } }", "Syntax Error"),
    ("syntax: unterminated string", "{ on(text: \"a) }", "Syntax Error"),
    ("syntax: unterminated block string", "{ on(text: \"\"\"a) }", "Syntax Error"),
    ("syntax: bad escape", r#"{ on(text: "\q") }"#, "Syntax Error"),
    ("syntax: lone surrogate", r#"{ on(text: "\uD83D") }"#, "Syntax Error"),
    ("syntax: missing brace", "{ books { id }", "Syntax Error"),
    ("syntax: extra brace", "{ books { id } } }", "Syntax Error"),
    ("syntax: not GraphQL", "<html>", "Syntax Error"),
    ("syntax: argument without value", "{ on(text) { id } }", "Syntax Error"),
    ("syntax: member without value", "{ on(text: {a: 1, b}) { id } }", "Syntax Error"),
    ("syntax: bad escape in a description", r#""\q" query Q { books { id } }"#, "Syntax Error"),
    ("syntax: description of an anonymous query", "\"x\" { books { id } }", "Syntax Error"),
];

const VALID: &[(&str, &str)] = &[
    ("operations: several", "query A { books { id } } query B { books { id } }"),
    ("mutations", "mutation { ping }"),
    ("subscription", "subscription { added { id title } }"),
    (
        "subscription: one field merged of several",
        "subscription { added { id } ...F } fragment F on Subscription { added { title } }",
    ),
    ("fields: meta", "{ __typename books { __typename } find { __typename } }"),
    (
        "fields: introspection",
        "{ __type(name: \"Book\") { fields(includeDeprecated: true) { name type { ofType { name } } } } }",
    ),
    ("merging: same field twice", "{ books { id id title } books { title } }"),
    (
        "merging: equal arguments in another order",
        "{ a: books(first: 1, after: \"x\") { id } a: books(after: \"x\", first: 1) { id } }",
    ),
    ("merging: equal lists", "{ shelf(numbers: [1, 2]) shelf(numbers: [1, 2]) }"),
    (
        "merging: equal objects",
        "{ find(filter: {text: \"a\", tags: [\"b\"]}) { __typename } find(filter: {tags: [\"b\"], text: \"a\"}) { __typename } }",
    ),
    ("merging: different types, same shape", "{ find { ... on Book { x: title } ... on Author { x: name } } }"),
    (
        "merging: different types, different arguments",
        "{ find { ... on Book { x: title(length: 1) } ... on Author { x: name } } }",
    ),
    ("fragments: on an interface", "{ books { ...F } } fragment F on Node { id }"),
    ("fragments: object in interface", "{ node(id: 1) { ... on Book { title } } }"),
    ("fragments: union in object", "{ books { ... on Found { ... on Book { id } } } }"),
    ("fragments: without a type", "{ books { ... @include(if: true) { id } } }"),
    ("fragments: spread twice", "{ books { ...F ...F author { books { ...F } } } } fragment F on Book { id }"),
    ("values: coercible", "{ on(ratio: 1, flag: true, text: \"a\", date: \"b\") book(id: \"x\") { id } }"),
    ("values: ID from an integer", "{ book(id: 12345678901234567890) { id } }"),
    ("values: single value for a list", "{ shelf(numbers: 1, rows: 2) }"),
    ("values: null for nullable", "{ on(date: null, flag: null) }"),
    (
        "values: custom scalar takes anything",
        "{ a: on(date: 1) b: on(date: 1.5) c: on(date: {a: [1, {b: X}]}) d: on(date: [true, null]) e: on(date: Y) }",
    ),
    ("values: variables in custom scalars", "query($a: Int, $b: [Color!]) { on(date: {a: $a, b: [$b]}) }"),
    ("values: input object with defaults", "{ find(filter: {text: \"a\"}) { __typename } required(box: {}) }"),
    (
        "oneOf: one",
        "{ a: find(by: {id: 1}) { __typename } b: find(by: {slug: \"x\"}) { __typename } c: find(by: {ids: [1]}) { __typename } }",
    ),
    ("defer: anywhere", "{ ... @defer { books { ...F @defer(label: \"a\") } } } fragment F on Book { id }"),
    ("defer: below the root of mutations", "mutation { add(input: {title: \"a\"}) { ... @defer { id } } }"),
    (
        "defer: in subscriptions, if it may be off",
        "subscription($on: Boolean!) { added { ... @defer(if: $on) { id } ... @defer(if: false) { title } } }",
    ),
    (
        "stream: lists",
        "query($n: Int!) { books @stream(initialCount: $n, label: \"b\") { id } a: books @stream { id } }",
    ),
    (
        "stream: introspection",
        "{ __schema { types @stream { ...F } } } fragment F on __Type { fields @stream(initialCount: 1) { name } }",
    ),
    ("oneOf: non-null variable", "query($i: ID!) { find(by: {id: $i}) { __typename } }"),
    ("oneOf: nullable variable with a default", "query($i: ID = 1) { find(by: {id: $i}) { __typename } }"),
    ("oneOf: the whole object as a variable", "query($b: By) { find(by: $b) { __typename } }"),
    ("directives: both", "query($a: Boolean!) { books @include(if: $a) @skip(if: false) { id } }"),
    ("variables fit: non-null for nullable", "query($a: Int!) { books(first: $a) { id } }"),
    ("variables fit: default makes non-null", "query($a: ID = 1) { book(id: $a) { id } }"),
    ("variables fit: argument with a default", "query($a: String) { on(text: $a) }"),
    (
        "variables fit: input field with a default",
        "query($a: Boolean) { find(filter: {text: \"a\", exact: $a}) { __typename } }",
    ),
    ("variables fit: list", "query($a: [Int!]!) { shelf(numbers: $a) }"),
    (
        "variables: used only in a nested fragment",
        "query($a: Int) { ...A } fragment A on Query { ...B } fragment B on Query { books(first: $a) { id } }",
    ),
    (
        "variables: used only in a directive of a spread",
        "query($a: Boolean!) { ...A @skip(if: $a) } fragment A on Query { books { id } }",
    ),
    (
        "variables: one fragment, two operations",
        "query A($a: ID!) { ...F } query B($a: ID!) { ...F } fragment F on Query { book(id: $a) { id } }",
    ),
    ("syntax: comment after `on`", "{ books { ... on#c\nBook { id } } }"),
    ("syntax: braced escape", r#"{ on(text: "\u{1F600}") }"#),
    ("syntax: surrogate pair", r#"{ on(text: "\uD83D\uDE00") }"#),
    ("syntax: byte order mark and commas", "\u{feff}{,,, books,,, { id,, } }"),
    ("syntax: block string", "{ on(text: \"\"\"\n  a \"quoted\" \\\"\"\"\n   b\n\"\"\") }"),
    ("syntax: keywords as names", "{ query: books { type: id fragment: id input: id } }"),
    ("syntax: description of an operation", "\"\"\"what\"\"\" query Q { books { id } }"),
    ("syntax: description of a fragment", "{ books { ...F } } \"what\" fragment F on Book { id }"),
    ("syntax: description of a variable", "query Q(\"what\" $a: Int) { books(first: $a) { id } }"),
];

#[test]
fn refuses_what_breaks_a_rule() {
    let mut failures = String::new();
    for (rule, document, expected) in INVALID {
        match client().prepare(document, document.contains("query B").then_some("A"), &LIMITS) {
            Ok(_) => failures.push_str(&format!("{rule}: accepted\n")),
            Err(errors) => {
                let code = if expected.contains("Syntax Error") {
                    "GRAPHQL_PARSE_FAILED"
                } else {
                    "GRAPHQL_VALIDATION_FAILED"
                };
                if !errors.iter().any(|error| error.message.contains(expected) && error.code.as_str() == code) {
                    failures.push_str(&format!("{rule}: {}\n", messages(&errors)));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn accepts_what_keeps_the_rules() {
    let mut failures = String::new();
    for (rule, document) in VALID {
        if let Err(errors) = client().prepare(document, document.contains("query B").then_some("A"), &LIMITS) {
            failures.push_str(&format!("{rule}: {}\n", messages(&errors)));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn reports_every_problem_with_its_place() {
    let document = "query Q($unused: Int) {\n  books { tittle }\n  book(idd: 1) { id }\n}";
    let errors = prepare(document).expect_err("three mistakes");
    expect_test::expect![[r#"
        1:9 GRAPHQL_VALIDATION_FAILED Variable `$unused` is never used in operation `Q`.
        2:11 GRAPHQL_VALIDATION_FAILED Cannot query field `tittle` on type `Book`. Did you mean `title`?
        3:3 GRAPHQL_VALIDATION_FAILED Argument `id` of type `ID!` on field `Query.book` is required, but it was not provided.
        3:8 GRAPHQL_VALIDATION_FAILED Unknown argument `idd` on field `Query.book`. Did you mean `id`?"#]]
    .assert_eq(&messages(&errors));
}

#[test]
fn caps_and_counts_errors() {
    let fields: Vec<_> = (0..80).map(|index| format!("nope{index}")).collect();
    let limits = super::DocumentLimits { root_fields: 1000, ..LIMITS };
    let errors = client().prepare(&format!("{{ {} }}", fields.join(" ")), None, &limits).expect_err("unknown fields");
    assert_eq!(errors.len(), 51);
    assert_eq!(errors.last().map(|error| error.message.as_str()), Some("There are 30 more validation errors."));
}

#[test]
fn chooses_the_operation() {
    let two = "query First { books { id } } query Second { books { id } }";
    let cases = [
        ("{ books { id } }", None, Ok(None)),
        ("query A { books { id } }", None, Ok(Some("A"))),
        (two, Some("Second"), Ok(Some("Second"))),
        (two, None, Err("Must provide operation name if query contains multiple operations.")),
        (two, Some("second"), Err("Unknown operation named `second`. Did you mean `Second`?")),
        ("{ books { id } }", Some("A"), Err("Unknown operation named `A`.")),
    ];
    for (document, name, expected) in cases {
        match (client().prepare(document, name, &LIMITS), expected) {
            (Ok(prepared), Ok(chosen)) => assert_eq!(prepared.operation.name.as_deref(), chosen),
            (Err(errors), Err(expected)) => {
                assert!(messages(&errors).starts_with("OPERATION_RESOLUTION_FAILURE "), "{}", messages(&errors));
                assert!(messages(&errors).contains(expected), "{}", messages(&errors));
            }
            (found, _) => panic!("{document} {name:?}: {:?}", found.map(|_| ()).map_err(|errors| messages(&errors))),
        }
    }
}
