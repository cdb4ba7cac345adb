// What Hive Gateway serves. Where the settings come from, below the-guild.dev/graphql/hive/docs/gateway:
// * configuration-reference and deployment/runtimes/nodejs: one process, NODE_ENV=production, no logging, no polling;
// * other-features/performance: documents are parsed and validated once, which is the default, and compiled (`jit`);
//   in the mode "in-flight" identical operations share one execution (`inboundInflightRequestDeduplication`);
// * other-features/performance/response-caching: in the mode "cached" whole answers are kept, for all users alike. Without
//   `jit`, which takes the place of the function that this plugin wraps, and about which it warns then; and without keys
//   of entities (`idFields`), which would fill the cache of a thousand keys: no mutation is there to need them.
import { defineConfig } from '@graphql-hive/gateway';

const cached = process.env.MODE === 'cached';

export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH,
  host: '127.0.0.1',
  port: Number(process.env.PORT),
  additionalResolvers: { Query: { greet: () => 'Hello World!' } },
  jit: !cached,
  inboundInflightRequestDeduplication: process.env.MODE === 'in-flight',
  ...(cached && { cache: { type: 'localforage' }, responseCaching: { session: () => null, ttl: 3_600_000, idFields: [] } }),
  graphiql: false,
  landingPage: false,
  logging: false,
});
