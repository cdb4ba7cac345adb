/** The `problems` response extension: what mappings met otherwise than the schema says. */

export interface Problem {
  message: string;
  /** Graph fields from the root, `*` for list elements: `products.*.name`. */
  path: string;
  connector: string;
  /** `file:line:column` of the text that met it. */
  place: string | null;
  found: string | null;
  expected: string | null;
  count: number;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);

export function readProblems(value: unknown): Problem[] {
  return (Array.isArray(value) ? value : []).filter(isObject).map((json) => ({
    message: text(json.message) ?? "(no message)",
    path: Array.isArray(json.path) ? json.path.map(String).join(".") : "",
    connector: text(json.connector) ?? "(unnamed)",
    place: readPlace(json.source),
    found: text(json.found),
    expected: text(json.expected),
    count: typeof json.count === "number" && json.count > 0 ? json.count : 1,
  }));
}

function readPlace(source: unknown): string | null {
  if (!isObject(source)) return null;
  const file = text(source.file);
  return file === null ? null : [file, source.line, source.column].filter((part) => part !== undefined).join(":");
}
