/** The `trace` response extension: reading it leniently and the numbers the panel shows. */

export type Source = "fetched" | "cache" | "shared" | "polled" | "unknown";

export interface Call {
  connector: string;
  upstream: string | null;
  method: string | null;
  /** How many entities one batched call asked for. */
  keys: number | null;
  source: Source;
  status: number | null;
  bytes: number | null;
  startUs: number;
  durationUs: number;
  error: string | null;
  /** The place in the operation that needed the call. */
  path: string | null;
  failed: boolean;
}

export interface Trace {
  durationUs: number;
  planCached: boolean | null;
  calls: Call[];
  plan: string | null;
}

export interface Totals {
  calls: number;
  fetched: number;
  cache: number;
  shared: number;
  failed: number;
  bytes: number;
  /** Time in which no upstream call was under way. */
  gatewayUs: number;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
const number = (value: unknown) => (typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null);

export function readTrace(value: unknown): Trace | null {
  if (!isObject(value)) return null;
  const calls = (Array.isArray(value.calls) ? value.calls : []).filter(isObject).map(readCall);
  calls.sort((a, b) => a.startUs - b.startUs);
  const end = calls.reduce((latest, call) => Math.max(latest, call.startUs + call.durationUs), 0);
  return {
    durationUs: Math.max(number(value.durationUs) ?? 0, end),
    planCached: typeof value.planCached === "boolean" ? value.planCached : null,
    calls,
    plan: text(value.plan),
  };
}

function readCall(json: Json): Call {
  const error = text(json.error) ?? (isObject(json.error) ? (text(json.error.code) ?? text(json.error.message) ?? "ERROR") : null);
  const status = number(json.status);
  const source = text(json.source);
  return {
    connector: text(json.connector) ?? "(unnamed)",
    upstream: text(json.upstream),
    method: text(json.method),
    keys: number(json.keys),
    source: source === "fetched" || source === "cache" || source === "shared" || source === "polled" ? source : "unknown",
    status,
    bytes: number(json.bytes),
    startUs: number(json.startUs) ?? 0,
    durationUs: number(json.durationUs) ?? 0,
    error,
    path: text(json.path),
    // A 404 without an error is an absent object, which is an answer.
    failed: error !== null || (status !== null && status >= 400 && status !== 404),
  };
}

export function totals(trace: Trace): Totals {
  const of = (source: Source) => trace.calls.filter((call) => call.source === source).length;
  return {
    calls: trace.calls.length,
    fetched: of("fetched"),
    cache: of("cache"),
    shared: of("shared"),
    failed: trace.calls.filter((call) => call.failed).length,
    bytes: trace.calls.reduce((sum, call) => sum + (call.source === "cache" ? 0 : (call.bytes ?? 0)), 0),
    gatewayUs: Math.max(0, trace.durationUs - busyUs(trace.calls)),
  };
}

/** The length of the union of the calls' intervals; `calls` are sorted by start. */
function busyUs(calls: Call[]): number {
  let busy = 0;
  let until = 0;
  for (const call of calls) {
    const end = call.startUs + call.durationUs;
    if (end <= until) continue;
    busy += end - Math.max(until, call.startUs);
    until = end;
  }
  return busy;
}

export function formatTime(us: number): string {
  if (us < 1000) return `${Math.round(us)} \u00b5s`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(us < 10_000 ? 2 : us < 100_000 ? 1 : 0)} ms`;
  return `${(us / 1_000_000).toFixed(2)} s`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
