// What graphql-js says of printed schemas. `query` prints its introspection query; `check` reads
// `[{ name, sdl, answer }]` on stdin and prints a line for whatever does not hold: the SDL is a valid schema, printing it
// with graphql-js gives that very text, and the answer to the introspection query is the same schema.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const { buildClientSchema, buildSchema, getIntrospectionQuery, introspectionFromSchema, parseValue, print, printSchema, validateSchema } = require("graphql");

const OPTIONS = { descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true };

/** The first line in which two texts differ, with both. */
function difference(one, other) {
  const [left, right] = [one.split("\n"), other.split("\n")];
  const at = left.findIndex((line, index) => line !== right[index]);
  const line = at < 0 ? left.length : at;
  return `line ${line + 1}\n    ${left[line]}\n    ${right[line]}`;
}

/** Members of the introspected types by name, since order is judged by the printed schemas; defaults in one spelling. */
function byName(value) {
  if (Array.isArray(value)) {
    const list = value.map(byName);
    return list.every((item) => item && typeof item === "object" && "name" in item) ? list.sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1)) : list;
  }
  if (value === null || typeof value !== "object") return value;
  const member = (key) => (key === "defaultValue" && value[key] !== null ? print(parseValue(value[key])) : byName(value[key]));
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, member(key)]));
}

function* problems({ sdl, answer }) {
  const schema = buildSchema(sdl);
  for (const error of validateSchema(schema)) yield `not valid: ${error.message}`;
  const printed = printSchema(schema);
  if (`${printed}\n` !== sdl) yield `printed by graphql-js it differs: ${difference(sdl, `${printed}\n`)}`;
  const twice = printSchema(buildSchema(printed));
  if (twice !== printed) yield `graphql-js prints it otherwise the second time: ${difference(printed, twice)}`;
  if (answer.errors) yield `introspection fails: ${JSON.stringify(answer.errors)}`;
  const introspected = printSchema(buildClientSchema(answer.data));
  if (introspected !== printed) yield `introspection tells another schema: ${difference(printed, introspected)}`;
  const ours = answer.data.__schema;
  const theirs = introspectionFromSchema(schema, OPTIONS).__schema;
  const types = (told) => byName(told.types.filter((type) => !type.name.startsWith("__")));
  const [left, right] = [types(ours), types(theirs)].map((told) => JSON.stringify(told, null, 1));
  if (left !== right) yield `introspected types differ from those of graphql-js: ${difference(left, right)}`;
}

if (process.argv[2] === "query") {
  console.log(getIntrospectionQuery(OPTIONS));
} else {
  for (const example of JSON.parse(readFileSync(0, "utf8"))) {
    try {
      for (const problem of problems(example)) console.log(`${example.name}: ${problem}`);
    } catch (error) {
      console.log(`${example.name}: ${error.message}`);
    }
  }
}
