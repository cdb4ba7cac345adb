// What the reference implementation says: reads commands from stdin, one JSON object on a line, and answers each on a line.
//
//   { "do": "schema", "name": "shop", "sdl": "..." }                          -> { "version": "17.1.0" }
//   { "do": "validate", "schema": "shop", "document": "..." }                 -> { "syntax": "..." } or { "errors": [...] }
//   { "do": "check", "sdl": "..." }                                           -> { "errors": [...] }
//   { "do": "coerce", "schema", "document", "given": "{...}" }                -> { "values": {...} } or { "errors": [...] }
//   { "do": "introspect", "sdl": "..." }                                      -> { "query": "...", "data": {...} }
//   { "do": "execute", "schema", "document", "given": "{...}", "data": {...} } -> the response
//   { "do": "changes", "old": "...", "new": "..." }                         -> { "changes": ["FIELD_REMOVED", ...] }
import { createInterface } from "node:readline";

import {
  buildSchema,
  execute,
  findBreakingChanges,
  findDangerousChanges,
  getIntrospectionQuery,
  getVariableValues,
  introspectionFromSchema,
  parse,
  specifiedRules,
  validate,
  validateSchema,
  version,
} from "graphql";

import { resolvers } from "./resolvers.mjs";

const schemas = new Map();
// How deep introspection may nest is a bound of an implementation, no rule of the specification.
const rules = specifiedRules.filter((rule) => rule.name !== "MaxIntrospectionDepthRule");
const introspection = {
  descriptions: true,
  directiveIsRepeatable: true,
  inputValueDeprecation: true,
  oneOf: true,
  schemaDescription: true,
  specifiedByUrl: true,
};
const messages = (errors) => errors.map((error) => error.message);

function parsed(document) {
  try {
    // An empty selection set is of a draft after September 2025.
    return { document: parse(document, { allowEmptySelectionSets: false }) };
  } catch (error) {
    return { syntax: error.message };
  }
}

const commands = {
  schema({ name, sdl }) {
    schemas.set(name, buildSchema(sdl));
    return { version };
  },

  changes({ old, new: next }) {
    const [one, other] = [buildSchema(old), buildSchema(next)];
    const changes = [...findBreakingChanges(one, other), ...findDangerousChanges(one, other)];
    return { changes: changes.map((change) => change.type).sort() };
  },

  validate({ schema, document: text }) {
    const { document, syntax } = parsed(text);
    return syntax ? { syntax } : { errors: messages(validate(schemas.get(schema), document, rules)) };
  },

  check({ sdl }) {
    try {
      return { errors: messages(validateSchema(buildSchema(sdl))) };
    } catch (error) {
      return { errors: [error.message] };
    }
  },

  coerce({ schema, document, given }) {
    const { definitions } = parse(document);
    const result = getVariableValues(schemas.get(schema), definitions[0].variableDefinitions, JSON.parse(given));
    return result.errors ? { errors: messages(result.errors) } : { values: result.variableValues.coerced };
  },

  introspect({ sdl }) {
    const schema = buildSchema(sdl);
    return { query: getIntrospectionQuery(introspection), data: introspectionFromSchema(schema, introspection) };
  },

  execute({ schema: name, document: text, given, data }) {
    const schema = schemas.get(name);
    const { document, syntax } = parsed(text);
    if (syntax) return { refused: [syntax] };
    const errors = validate(schema, document, rules);
    if (errors.length > 0) return { refused: messages(errors) };
    const response = execute({ schema, document, variableValues: JSON.parse(given), ...resolvers(data) });
    return response.data === undefined ? { refused: messages(response.errors) } : response;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { do: command, ...input } = JSON.parse(line);
  console.log(JSON.stringify(commands[command](input)));
}
