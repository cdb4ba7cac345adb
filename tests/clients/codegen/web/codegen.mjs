// graphql-codegen's client preset for the web app: fragment masking, persisted documents, schema from the endpoint.
export default {
  schema: process.env.SHOP_ENDPOINT,
  documents: ["app.ts"],
  generates: {
    "./gql/": {
      preset: "client",
      presetConfig: { persistedDocuments: { hashAlgorithm: "sha256" } },
      config: { useTypeImports: true, importExtension: ".js", scalars: { Date: "string", DateTime: "string", Decimal: "string", Timestamp: "number" } },
    },
  },
};
