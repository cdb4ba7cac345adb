// GraphQL Yoga 5 with graphql-jit and dataloader: server.mjs honest|cached
//
// Where the settings come from:
// * the-guild.dev/graphql/yoga-server/docs/integrations/integration-with-node-http (the default server);
// * .../docs/features/parsing-and-validation-caching: on by default; .../docs/features/logging-and-debugging: off;
//   GraphiQL, the landing page and multipart requests are off, as nobody asks for them;
// * the-guild.dev/graphql/envelop/plugins/use-graphql-jit: operations are compiled once;
// * .../docs/features/response-caching: in the mode "cached" whole answers are kept, for all users alike;
// * github.com/graphql/dataloader: a loader per operation;
// * undici.nodejs.org: a pool of connections kept alive, and `request`, which costs less than `fetch`.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { useGraphQlJit } from '@envelop/graphql-jit';
import { useResponseCache } from '@graphql-yoga/plugin-response-cache';
import DataLoader from 'dataloader';
import { createSchema, createYoga } from 'graphql-yoga';
import { Pool } from 'undici';

const cached = process.argv[2] === 'cached';
const upstream = new URL(process.env.UPSTREAM);
const base = upstream.pathname.replace(/\/$/, '');
const pool = new Pool(upstream.origin);

async function send(method, path, body) {
  const headers = body === undefined ? undefined : { 'content-type': 'application/json' };
  const answer = await pool.request({ method, path: base + path, headers, body });
  if (answer.statusCode === 404) {
    await answer.body.dump();
    return null;
  }
  if (answer.statusCode !== 200) throw new Error(`${path}: status ${answer.statusCode}`);
  return answer.body.json();
}

function loader(load) {
  return new DataLoader(async (ids) => {
    const byId = new Map((await load(ids)).map((value) => [value.id, value]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}

const resolvers = {
  Query: {
    greet: () => 'Hello World!',
    posts: () => send('GET', '/posts'),
    post: (_, { id }) => send('GET', `/posts/${id}`),
    rows: (_, { n }) => send('GET', `/rows?n=${n}`),
    keys: (_, { n }) => send('GET', `/keys?n=${n}`),
  },
  Post: { user: ({ userId }, _, { users }) => users.load(userId) },
  Key: { item: ({ itemId }, _, { items }) => items.load(itemId) },
};

const yoga = createYoga({
  schema: createSchema({
    typeDefs: readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'),
    resolvers,
  }),
  context: () => ({
    users: loader((ids) => send('GET', `/users?${ids.map((id) => `id=${id}`).join('&')}`)),
    items: loader((ids) => send('POST', '/items', JSON.stringify(ids))),
  }),
  plugins: [
    useGraphQlJit(),
    ...(cached ? [useResponseCache({ session: () => null, ttl: 3_600_000 })] : []),
  ],
  graphiql: false,
  landingPage: false,
  logging: false,
  multipart: false,
});
createServer(yoga).listen(Number(process.env.PORT), '127.0.0.1');
