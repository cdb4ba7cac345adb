import { formatShortcutForOS } from "@graphiql/react";
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isScalarType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from "graphql";

const RUN = formatShortcutForOS("Ctrl-Enter", "Cmd");

/** What a new tab says. */
export const WELCOME = `# One query, several services. "Upstream calls" below
# shows which calls it took and how long each was.
#
#   ${RUN.padEnd(13)}run the query
#   Ctrl-Space   what may stand here
#   Shift-Ctrl-P tidy the query
#   F6           next pane
#
# The book on the left opens this client's schema.

`;

const MAX_LEAVES = 4;
const PAGE_ARGUMENTS = ["first", "limit", "pageSize", "perPage", "take"];

/** A query that this schema answers without variables, or null if none is evident. */
export function exampleQuery(schema: GraphQLSchema): string | null {
  const query = schema.getQueryType();
  if (!query) return null;
  const fields = Object.values(query.getFields()).filter(callable);
  // A list of objects shows most; then an object; then whatever there is.
  const best = fields.find((field) => isListOfObjects(field)) ?? fields.find((field) => isObjectType(named(field))) ?? fields[0];
  if (!best) return null;
  return `query Example {\n${print(best, 1, 2)}}\n`;
}

type Field = GraphQLField<unknown, unknown>;

const named = (field: Field) => getNamedType(field.type);
const isLeaf = (field: Field) => isScalarType(named(field)) || isEnumType(named(field));
const callable = (field: Field) => !field.deprecationReason && !field.args.some(isRequiredArgument);
const isListOfObjects = (field: Field) => isListType(getNullableType(field.type)) && isObjectType(named(field));

function print(field: Field, depth: number, nesting: number): string {
  const indent = "  ".repeat(depth);
  const type = named(field);
  const page = field.args.find((argument) => PAGE_ARGUMENTS.includes(argument.name) && getNamedType(argument.type).name === "Int");
  const head = `${indent}${field.name}${page ? `(${page.name}: 5)` : ""}`;
  if (!isObjectType(type)) return isLeaf(field) ? `${head}\n` : `${head} {\n${indent}  __typename\n${indent}}\n`;
  return `${head} {\n${selection(type, depth + 1, nesting)}${indent}}\n`;
}

function selection(type: GraphQLObjectType, depth: number, nesting: number): string {
  const fields = Object.values(type.getFields()).filter(callable);
  let text = fields
    .filter(isLeaf)
    .slice(0, MAX_LEAVES)
    .map((field) => print(field, depth, 0))
    .join("");
  const inner = nesting > 0 ? fields.find((field) => isObjectType(named(field)) && named(field) !== type) : undefined;
  if (inner) text += print(inner, depth, nesting - 1);
  return text || `${"  ".repeat(depth)}__typename\n`;
}
