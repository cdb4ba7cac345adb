/** What the server writes into the page's head in place of `<!--anabranch-config-->`. */

export interface ClientEntry {
  name: string;
  endpoint: string;
  /** Where the client's SDL is served, or null when introspection is off for it. */
  schema: string | null;
  /** Whether GraphiQL is served at the endpoint. */
  console: boolean;
  /** How many types the client's schema has. */
  types: number | null;
}

export interface HomeConfig {
  version: string;
  clients: ClientEntry[];
}

export interface ConsoleConfig {
  version: string;
  client: string;
  endpoint: string;
  schema: string | null;
  /** Whether the server answers this browser's `x-anabranch-trace: 1`. */
  trace: boolean;
  clients: string[];
}

type Json = Record<string, unknown>;

function injected(): Json {
  const text = document.getElementById("anabranch-config")?.textContent;
  if (!text) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}

const text = (value: unknown, otherwise: string) => (typeof value === "string" ? value : otherwise);
const textOrNull = (value: unknown) => (typeof value === "string" ? value : null);

export function readHomeConfig(): HomeConfig {
  const json = injected();
  const clients = Array.isArray(json.clients) ? (json.clients as Json[]) : [];
  return {
    version: text(json.version, ""),
    clients: clients.map((client) => ({
      name: text(client.name, "?"),
      endpoint: text(client.endpoint, `/${text(client.name, "")}/graphql`),
      schema: textOrNull(client.schema),
      console: client.console !== false,
      types: typeof client.types === "number" ? client.types : null,
    })),
  };
}

export function readConsoleConfig(): ConsoleConfig {
  const json = injected();
  // Without a configuration the page still works against the address it was served from.
  const client = text(json.client, location.pathname.split("/")[1] ?? "");
  return {
    version: text(json.version, ""),
    client,
    endpoint: text(json.endpoint, location.pathname),
    schema: textOrNull(json.schema),
    trace: json.trace === true,
    clients: Array.isArray(json.clients) ? json.clients.filter((name) => typeof name === "string") : [client],
  };
}
