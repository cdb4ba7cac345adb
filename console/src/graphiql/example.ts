import { formatShortcutForOS } from "@graphiql/react";
import {
  getNamedType,
  isEnumType,
  isNonNullType,
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

const MAX_LEAVES = 3;
const MAX_NULLABLE_LEAVES = 2;
const MAX_OBJECTS = 3;
const MAX_NESTING = 3;
const PAGE_ARGUMENTS = ["first", "limit", "pageSize", "perPage", "take"];

/** A query that this schema answers without variables, or null if none is evident. */
export function exampleQuery(schema: GraphQLSchema): string | null {
  const query = schema.getQueryType();
  if (!query) return null;
  const fields = Object.values(query.getFields()).filter(callable);
  // Schemas put what matters first; objects show more than scalars.
  const best = fields.find((field) => isObjectType(named(field))) ?? fields[0];
  if (!best) return null;
  return `query Example {\n${print(best, 1, [])}}\n`;
}

type Field = GraphQLField<unknown, unknown>;

const named = (field: Field) => getNamedType(field.type);
const isLeaf = (field: Field) => isScalarType(named(field)) || isEnumType(named(field));
const isNullable = (field: Field) => !isNonNullType(field.type);
const callable = (field: Field) => !field.deprecationReason && !field.args.some(isRequiredArgument);

function print(field: Field, depth: number, outer: GraphQLObjectType[]): string {
  const indent = "  ".repeat(depth);
  const type = named(field);
  const page = field.args.find((argument) => PAGE_ARGUMENTS.includes(argument.name) && getNamedType(argument.type).name === "Int");
  const head = `${indent}${field.name}${page ? `(${page.name}: ${depth === 1 ? 5 : 2})` : ""}`;
  if (isLeaf(field)) return `${head}\n`;
  const inside = isObjectType(type) ? selection(type, depth + 1, [...outer, type]) : `${indent}  __typename\n`;
  return `${head} {\n${inside}${indent}}\n`;
}

/**
 * A few scalars and a few objects of other types. What may be null comes early: it is what another service than the
 * object's own supplies, and the example is to show that.
 */
function selection(type: GraphQLObjectType, depth: number, outer: GraphQLObjectType[]): string {
  const fields = Object.values(type.getFields()).filter(callable);
  const leaves = fields.filter(isLeaf);
  const first = leaves.slice(0, MAX_LEAVES);
  const nullable = leaves.slice(MAX_LEAVES).filter(isNullable).slice(0, MAX_NULLABLE_LEAVES);
  const objects = fields.filter((field) => {
    const inner = named(field);
    return outer.length < MAX_NESTING && isObjectType(inner) && !outer.includes(inner);
  });
  objects.sort((a, b) => Number(isNullable(b)) - Number(isNullable(a)));
  const chosen = [...first, ...nullable, ...objects.slice(0, MAX_OBJECTS)];
  return chosen.map((field) => print(field, depth, outer)).join("") || `${"  ".repeat(depth)}__typename\n`;
}
