// Apollo Server 5 with RESTDataSource and dataloader: server.mjs honest|cached
//
// Where the settings come from:
// * apollographql.com/docs/apollo-server/api/standalone: the server that comes with the package, on Node's own HTTP;
// * .../data/fetching-rest: one RESTDataSource per operation. It deduplicates the GETs of one operation, and it caches
//   what the answers' cache-control allows in the server's cache: in the mode "cached" the upstream says `max-age`,
//   in the mode "honest" it says nothing, so that nothing is kept;
// * .../data/fetching-data ("Batching and caching" with dataloader): a loader per operation;
// * .../api/plugin/cache-control and .../api/plugin/landing-pages: what is not needed is switched off.
import { readFileSync } from 'node:fs';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { RESTDataSource } from '@apollo/datasource-rest';
import DataLoader from 'dataloader';

class Rest extends RESTDataSource {
  baseURL = `${process.env.UPSTREAM}/`;

  // A GET of the batch, so that the mode "cached" can keep it.
  users = new DataLoader(async (ids) => {
    const users = await this.get(`users?${ids.map((id) => `id=${id}`).join('&')}`);
    return inOrder(ids, users);
  });

  // A POST, as ten thousand ids do not fit into a URL.
  items = new DataLoader(async (ids) => inOrder(ids, await this.post('items', { body: ids })));
}

function inOrder(ids, values) {
  const byId = new Map(values.map((value) => [value.id, value]));
  return ids.map((id) => byId.get(id) ?? null);
}

const resolvers = {
  Query: {
    greet: () => 'Hello World!',
    posts: (_, __, { rest }) => rest.get('posts'),
    post: (_, { id }, { rest }) => rest.get(`posts/${id}`),
    rows: (_, { n }, { rest }) => rest.get(`rows?n=${n}`),
    keys: (_, { n }, { rest }) => rest.get(`keys?n=${n}`),
  },
  Post: { user: ({ userId }, _, { rest }) => rest.users.load(userId) },
  Key: { item: ({ itemId }, _, { rest }) => rest.items.load(itemId) },
};

const server = new ApolloServer({
  typeDefs: readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'),
  resolvers,
  plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled()],
});
await startStandaloneServer(server, {
  listen: { host: '127.0.0.1', port: Number(process.env.PORT) },
  // Node's own `fetch` keeps connections alive; the default of RESTDataSource, node-fetch 2, closes each one.
  context: async () => ({ rest: new Rest({ cache: server.cache, fetch }) }),
});
