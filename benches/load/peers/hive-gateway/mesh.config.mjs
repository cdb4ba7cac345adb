// Composes the supergraph from the REST upstream at install time, as the Mesh documentation describes it:
// the JSON schema handler (the-guild.dev/graphql/mesh/v1/source-handlers/json-schema) for the operations, and
// schema extensions (the-guild.dev/graphql/mesh/v1/schema-extensions) for the fields between types. With `keyField` and
// `keysArg` the fields of all objects of an operation are batched into one request.
import { defineConfig } from '@graphql-mesh/compose-cli';
import { loadJSONSchemaSubgraph } from '@omnigraph/json-schema';

const object = (title, properties) => ({
  type: 'object',
  title,
  properties: Object.fromEntries(Object.entries(properties).map(([name, type]) => [name, { type }])),
  required: Object.keys(properties),
  additionalProperties: false,
});
const list = (items) => ({ type: 'array', items });
const int = 'integer';
const string = 'string';
const post = object('Post', { id: int, userId: int, title: string, body: string });
const user = object('User', { id: int, name: string, username: string, email: string, phone: string, website: string });
const row = object('Row', { id: int, name: string, city: string, email: string, score: int, active: 'boolean' });
const key = object('Key', { itemId: int });
const item = object('Item', { id: int, name: string, price: int });

const query = (field, path, responseSchema, more = {}) => ({
  type: 'Query',
  field,
  path,
  method: 'GET',
  responseSchema,
  ...more,
});

export const composeConfig = defineConfig({
  subgraphs: [
    {
      sourceHandler: loadJSONSchemaSubgraph('rest', {
        endpoint: '{env.UPSTREAM}',
        operations: [
          query('posts', '/posts', list(post)),
          query('post', '/posts/{args.id}', post, { argTypeMap: { id: { type: int } }, requiredArgs: ['id'] }),
          query('usersById', '/users', list(user), {
            argTypeMap: { ids: list({ type: int }) },
            queryParamArgMap: { id: 'ids' },
          }),
          query('rows', '/rows?n={args.n}', list(row), { argTypeMap: { n: { type: int } }, requiredArgs: ['n'] }),
          query('keys', '/keys?n={args.n}', list(key), { argTypeMap: { n: { type: int } }, requiredArgs: ['n'] }),
          query('itemsById', '/items', list(item), {
            method: 'POST',
            requestSchema: list({ type: int }),
            requestTypeName: 'Ids',
          }),
        ],
      }),
    },
  ],
  additionalTypeDefs: `
    extend type Query {
      greet: String!
    }
    extend type Post {
      user: User @resolveTo(
        sourceName: "rest", sourceTypeName: "Query", sourceFieldName: "usersById"
        keyField: "userId", keysArg: "ids"
      )
    }
    extend type Key {
      item: Item @resolveTo(
        sourceName: "rest", sourceTypeName: "Query", sourceFieldName: "itemsById"
        keyField: "itemId", keysArg: "input"
      )
    }
  `,
});
