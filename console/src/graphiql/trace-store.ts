import type { Problem } from "./problems";
import type { Trace } from "./trace";

/** What an answer tells besides its data. */
export interface Told {
  trace: Trace | null;
  problems: Problem[];
  /** How often problems were met that are not in the list. */
  problemsDropped: number;
  /** Errors of the answer: in a long one they stand out of sight. */
  errors: number;
}

export const NOTHING: Told = { trace: null, problems: [], problemsDropped: 0, errors: 0 };

/** What the panel shows: nothing yet, an operation under way, or what the last answer tells. */
export type TraceState =
  | { kind: "idle" }
  | { kind: "running"; operation: string }
  | ({ kind: "answered"; operation: string } & Told);

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
