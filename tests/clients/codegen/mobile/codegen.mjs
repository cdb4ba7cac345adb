// graphql-codegen's client preset for the mobile app: documents as texts, schema from its SDL.
export default {
  schema: process.env.SHOP_SDL,
  documents: ["app.ts"],
  generates: {
    "./gql/": {
      preset: "client",
      presetConfig: { persistedDocuments: { hashAlgorithm: "sha256" }, fragmentMasking: false },
      config: { documentMode: "string", useTypeImports: true, importExtension: ".js", enumsAsTypes: true, scalars: { DateTime: "string", Decimal: "string" } },
    },
  },
};
