// Plain resolvers over the data that the services of the test's graph serve. Each object is its type, its key and what the
// connector that gave it selects there; everything else is read from the row that the connector of the field's type gives.
import { getNamedType, getNullableType, isAbstractType, isListType, isObjectType } from "graphql";

// Fields that each position's connector gives: `Query.people`, or the type and field where objects stand below others.
const stub = { id: true };
const place = { city: true, zip: true, geo: { lat: true, lon: true }, tags: true };
const SELECTED = {
  "Query.people": { id: true, name: true, best: stub, home: place },
  "Query.person": { id: true, age: true, active: true },
  "Query.animals": { id: true, name: true },
  "Query.beings": stub,
  "Query.place": place,
  "Query.gone": { id: true, name: true },
  "Mutation.bump": { total: true, by: true, parts: true, owner: stub },
  Dog: { id: true, name: true, owner: stub, barks: true, friends: stub, tags: true },
  Cat: { id: true, name: true, owner: stub, lives: true, nemesis: { id: true, name: true }, kittens: stub },
  Person: { id: true, name: true, age: true, active: true, best: stub, friends: stub, pets: stub, kind: true, kinds: true },
  crm: { id: true, score: true, matrix: true, extra: true, home: place, homes: place, favorite: stub },
};
// Keys that stand alone in the data: `owner: 3`.
const KEYS = new Set(["best", "owner"]);
const ROWS = { Dog: "dogs", Cat: "cats", Person: "persons" };

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

class Down extends Error {}

/** `rootValue` and `fieldResolver` for `execute`. */
export function resolvers(data) {
  let total = 0;

  /** The row of a connector; undefined where there is none. */
  function row(table, id) {
    if (id === null || id === undefined) return undefined;
    if (data.down?.includes(table)) throw new Down();
    return data[table]?.[String(id)];
  }

  /** JSON as sources of objects: what is no object where one is expected is an error in its place. */
  function sources(type, value, selected) {
    const nullable = getNullableType(type);
    if (value === null || value === undefined) return null;
    if (isListType(nullable)) return Array.isArray(value) ? value.map((item) => sources(nullable.ofType, item, selected)) : value;
    if (!isObjectType(nullable) && !isAbstractType(nullable)) return value;
    if (!isObject(value)) return new Error("no object");
    return { json: value, selected, __typename: isAbstractType(nullable) ? value.type : undefined };
  }

  function root(name, args) {
    if (data.down?.includes(name)) throw new Down();
    switch (name) {
      case "echo":
        // Arguments have no order.
        return Object.fromEntries(Object.entries(args).sort(([left], [right]) => (left < right ? -1 : 1)));
      case "person":
        // A path segment that renders empty makes no request.
        if (args.id === "") throw new Down();
        return data.people1?.[args.id];
      case "bump":
        if (args.by < 0) throw new Down();
        total += args.by;
        return { total, by: args.by, parts: data.parts, owner: data.owner };
      default:
        return data[name];
    }
  }

  function fieldResolver(source, args, context, info) {
    const { fieldName, parentType, returnType } = info;
    if (source === undefined) {
      const selected = SELECTED[`${parentType.name}.${fieldName}`];
      return sources(returnType, root(fieldName, args), selected);
    }
    let { json, selected } = source;
    if (!(fieldName in selected)) {
      const table = fieldName in SELECTED.crm && parentType.name === "Person" ? "crm" : parentType.name;
      selected = SELECTED[table];
      json = row(table === "crm" ? "crm" : ROWS[table], source.json.id);
      if (json === undefined) return null;
      if (!isObject(json)) throw new Error("no object");
    }
    const value = KEYS.has(fieldName) ? { id: json[fieldName] } : json[fieldName];
    return sources(returnType, value, selected[fieldName]);
  }

  return { fieldResolver, typeResolver: (source) => source.__typename };
}
