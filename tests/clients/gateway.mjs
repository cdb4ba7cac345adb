// The gateway that a test speaks to: `tests/it/clients.rs` starts one for each file and says where it is.

const origin = process.env.ANABRANCH_URL;
if (!origin) throw new Error("ANABRANCH_URL says where the gateway listens: run `cargo nextest run --test it clients`");

/** Where a client of the shop asks. */
export const endpoint = (client) => `${origin}/${client}/graphql`;

/** Where a client of the shop asks over a WebSocket. */
export const socket = (client) => endpoint(client).replace(/^http/, "ws");

/** Where a client's schema is, as SDL. */
export const sdl = (client) => `${origin}/${client}/schema.graphql`;

/** A `fetch` that writes down what passes: `requests` holds method, URL, headers, body, status and content type. */
export function recorder() {
  const requests = [];
  const recorded = async (input, options = {}) => {
    const request = new Request(input, options);
    const { method, url } = request;
    const body = typeof options.body === "string" ? options.body : undefined;
    const seen = { method, url: new URL(url), headers: Object.fromEntries(request.headers), body: body && JSON.parse(body) };
    requests.push(seen);
    const response = await fetch(input, options);
    seen.status = response.status;
    seen.type = response.headers.get("content-type");
    return response;
  };
  return { fetch: recorded, requests };
}
