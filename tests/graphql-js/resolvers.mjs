export const resolvers = () => ({});
