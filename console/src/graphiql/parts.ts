// Puts an answer in parts (`@defer`, `@stream`) together. GraphiQL does that too, but where two parts have fields of one object, it
// shows those of the later part alone.

type Key = string | number;

interface Part {
  path?: Key[];
  data?: unknown;
  items?: unknown[] | null;
  errors?: unknown[];
}

interface Payload extends Part {
  extensions?: object;
  incremental?: Part[];
  hasNext?: boolean;
}

/** Gives for each payload of a response what is there of the answer by then; an answer that is whole is given as it is. */
export function createAssembler(): (body: unknown) => unknown {
  const whole: { data?: unknown; errors?: unknown[]; extensions?: object } = {};
  return (body) => {
    if (typeof body !== "object" || body === null || !("hasNext" in body)) return body;
    const { incremental = [], data, errors = [], extensions } = body as Payload;
    if (data !== undefined) whole.data = data;
    for (const part of incremental) put(whole, part);
    const told = [...errors, ...incremental.flatMap((part) => part.errors ?? [])];
    if (told.length > 0) whole.errors = [...(whole.errors ?? []), ...told];
    if (extensions) whole.extensions = { ...whole.extensions, ...extensions };
    return { ...whole };
  };
}

/** Puts a fragment or elements where they belong. One that became null is not put: its errors say why. */
function put(whole: { data?: unknown }, { path = [], data, items }: Part) {
  const places: [Key[], unknown][] = items ? items.map((item, at) => [[...path.slice(0, -1), Number(path.at(-1)) + at], item]) : [[path, data]];
  for (const [place, value] of places) {
    if (value === undefined || (value === null && !items)) continue;
    const [last, ...above] = ["data", ...place].reverse() as [Key, ...Key[]];
    const parent = above.reduceRight<unknown>(member, whole);
    if (isObject(parent)) parent[last] = merged(member(parent, last), value);
  }
}

function merged(old: unknown, more: unknown): unknown {
  if (!isObject(old) || !isObject(more)) return more;
  for (const [key, value] of Object.entries(more)) old[key] = merged(member(old, key), value);
  return old;
}

function member(object: unknown, key: Key): unknown {
  return isObject(object) && Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Arrays are objects too: their elements are merged one by one. */
function isObject(value: unknown): value is Record<Key, unknown> {
  return typeof value === "object" && value !== null;
}
