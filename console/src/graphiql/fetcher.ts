import type { Fetcher, FetcherOpts, FetcherParams, FetcherReturnType } from "@graphiql/toolkit";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { parse, type OperationDefinitionNode } from "graphql";
import type { ConsoleConfig } from "../shared/config";
import { createAssembler } from "./parts";
import { readProblems } from "./problems";
import { readTrace } from "./trace";
import { NOTHING, type Told, type TraceStore } from "./trace-store";

const INTROSPECTION = "IntrospectionQuery";

interface Observer {
  next(value: unknown): void;
  complete(): void;
}

/**
 * Sends operations to the client's endpoint and keeps the `trace` extension for the panel. Subscriptions, and answers in parts
 * (`@defer`, `@stream`), come as server-sent events.
 * The answer is an observable, because GraphiQL's stop button ends only those: it aborts the request.
 */
export function createFetcher(config: ConsoleConfig, store: TraceStore): Fetcher {
  return (params, options) =>
    ({
      subscribe(observer: Observer) {
        const abort = new AbortController();
        const traced = params.operationName !== INTROSPECTION;
        const chosen = chosenOperation(params);
        const operation = chosen.label;
        if (traced) store.set({ kind: "running", operation });
        const show = (body: unknown, told: Told) => {
          if (abort.signal.aborted) return;
          if (traced) store.set({ kind: "answered", operation, ...told });
          observer.next(body);
        };
        const run = async () => {
          try {
            const response = await send(config, { ...params, operationName: chosen.name }, options, traced, abort.signal);
            for await (const { body, told } of answers(response)) show(body, told);
          } catch (error) {
            show(failure(`the gateway could not be reached: ${error instanceof Error ? error.message : String(error)}`), NOTHING);
          }
          if (abort.signal.aborted) return;
          // A subscription may end before its first event.
          if (traced && store.get().kind === "running") store.set({ kind: "idle" });
          observer.complete();
        };
        void run();
        return {
          unsubscribe() {
            abort.abort();
            if (traced && store.get().kind === "running") store.set({ kind: "idle" });
          },
        };
      },
    }) as unknown as FetcherReturnType;
}

async function send(config: ConsoleConfig, params: FetcherParams, options: FetcherOpts | undefined, traced: boolean, signal: AbortSignal): Promise<Response> {
  const headers = new Headers({
    accept: "application/graphql-response+json, application/json;q=0.9, text/event-stream;q=0.8",
    "content-type": "application/json",
  });
  if (traced && config.trace) {
    headers.set("x-anabranch-trace", "1");
    headers.set("x-anabranch-problems", "1");
  }
  for (const [name, value] of Object.entries(options?.headers ?? {})) headers.set(name, String(value));
  return fetch(config.endpoint, {
    method: "POST",
    headers,
    body: JSON.stringify({
      query: params.query,
      ...(params.operationName ? { operationName: params.operationName } : {}),
      ...(params.variables ? { variables: params.variables } : {}),
    }),
    signal,
  });
}

/** The one answer of a response, or all of those that it streams. */
async function* answers(response: Response): AsyncGenerator<{ body: unknown; told: Told }> {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream") || !response.body) {
    yield answer(response, await response.text());
    return;
  }
  const assembled = createAssembler();
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader();
  for (let event = await events.read(); !event.done; event = await events.read()) {
    if (event.value.event === "next") yield answer(response, event.value.data, assembled);
    if (event.value.event === "complete") return;
  }
  yield { body: failure("the gateway ended the stream before it was complete"), told: NOTHING };
}

function answer(response: Response, text: string, assembled = (body: unknown) => body): { body: unknown; told: Told } {
  try {
    return takeTold(assembled(JSON.parse(text)));
  } catch {
    return { body: failure(`the gateway answered ${response.status} ${response.statusText} without JSON`, text.slice(0, 2000)), told: NOTHING };
  }
}

/** Moves what the panel shows out of the shown answer. */
function takeTold(body: unknown): { body: unknown; told: Told } {
  if (typeof body !== "object" || body === null) return { body, told: NOTHING };
  const errors = "errors" in body && Array.isArray(body.errors) ? body.errors.length : 0;
  const { extensions, ...rest } = body as { extensions?: unknown };
  if (typeof extensions !== "object" || extensions === null) return { body, told: { ...NOTHING, errors } };
  const { trace, problems, problemsDropped, ...others } = extensions as Record<string, unknown>;
  const shown = Object.keys(others).length === 0 ? rest : { ...rest, extensions: others };
  const more = (value: unknown) => (typeof value === "number" ? value : 0);
  return {
    body: shown,
    told: {
      trace: trace === undefined ? null : readTrace(trace),
      problems: readProblems(problems),
      problemsDropped: more(problemsDropped),
      errors: errors + more(others.errorsDropped),
    },
  };
}

function failure(message: string, answer?: string) {
  return { errors: [{ message, ...(answer ? { extensions: { answer } } : {}) }] };
}

interface Operation {
  /** What is sent as `operationName`. */
  name: string | undefined;
  /** The operation's name, or else its first root field. */
  label: string;
}

/**
 * Which operation of the document runs. GraphiQL learns the names a moment after the typing, so the name it gives may be
 * one that is gone; the document decides.
 */
function chosenOperation(params: FetcherParams): Operation {
  const given = params.operationName ?? undefined;
  let operations: OperationDefinitionNode[];
  try {
    operations = parse(params.query).definitions.filter((definition) => definition.kind === "OperationDefinition");
  } catch {
    return { name: given, label: given ?? "operation" };
  }
  const chosen = operations.find((operation) => operation.name?.value === given) ?? (operations.length === 1 ? operations[0] : undefined);
  if (!chosen) return { name: given, label: given ?? "operation" };
  const name = chosen.name?.value;
  const first = chosen.selectionSet.selections[0];
  return { name, label: name ?? (first?.kind === "Field" ? `{ ${first.name.value} }` : "operation") };
}
