import type { Trace } from "./trace";

/** What the panel shows: nothing yet, an operation under way, or the last answer's trace. */
export type TraceState =
  | { kind: "idle" }
  | { kind: "running"; operation: string }
  | { kind: "answered"; operation: string; trace: Trace | null };

/** Hands traces from the fetcher to the panel. */
export interface TraceStore {
  get(): TraceState;
  set(state: TraceState): void;
  subscribe(listener: () => void): () => void;
}

export function createTraceStore(): TraceStore {
  let state: TraceState = { kind: "idle" };
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    set(next) {
      state = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
