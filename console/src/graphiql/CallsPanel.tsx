import { useId, useState, useSyncExternalStore } from "react";
import { CallsTable } from "./CallsTable";
import { usePanelHeight } from "./panel-height";
import { ProblemsTable } from "./ProblemsTable";
import { formatBytes, formatTime, totals, type Trace } from "./trace";
import type { Told, TraceState, TraceStore } from "./trace-store";

type View = "calls" | "problems" | "plan";

const REGION: Record<View, string> = { calls: "Calls", problems: "Problems", plan: "Query plan" };

/** Below GraphiQL: which upstream calls the last operation made. */
export function CallsPanel({ store, enabled }: { store: TraceStore; enabled: boolean }) {
  const state = useSyncExternalStore(store.subscribe, store.get);
  const [open, setOpen] = useState(() => localStorage.getItem("anabranch:calls-open") !== "no");
  const [view, setView] = useState<View>("calls");
  const { height, separator } = usePanelHeight();
  const body = useId();
  const told = state.kind === "answered" ? state : null;
  const trace = told?.trace ?? null;
  const views: View[] = ["calls", ...(told && told.problems.length > 0 ? (["problems"] as const) : []), ...(trace?.plan ? (["plan"] as const) : [])];
  const shown = views.includes(view) ? view : "calls";

  function toggle() {
    localStorage.setItem("anabranch:calls-open", open ? "no" : "yes");
    setOpen(!open);
  }

  return (
    <section className="calls" aria-label="Upstream calls" data-open={open} style={open ? { height } : undefined}>
      {open && <div className="calls-resize" aria-label="Height of the upstream calls panel" aria-controls={body} {...separator} />}
      <div className="calls-head">
        <h2>
          <button type="button" className="calls-toggle" aria-expanded={open} aria-controls={body} onClick={toggle}>
            <svg width="10" height="10" viewBox="0 0 10 10" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
              <path d="M2.5 1l4.5 4-4.5 4" />
            </svg>
            Upstream calls
          </button>
        </h2>
        <div className="calls-summary" role="status">
          <Summary state={state} />
        </div>
        {open && views.length > 1 && (
          <div className="calls-views" role="group" aria-label="Show">
            {views.map((name) => (
              <button key={name} type="button" aria-pressed={shown === name} onClick={() => setView(name)}>
                {name === "calls" ? "Calls" : name === "plan" ? "Plan" : `Problems (${told?.problems.length})`}
              </button>
            ))}
          </div>
        )}
      </div>
      <div className="calls-body" id={body} hidden={!open} tabIndex={0} role="region" aria-label={REGION[shown]}>
        {told && shown === "problems" ? (
          <ProblemsTable problems={told.problems} dropped={told.problemsDropped} />
        ) : trace && shown === "plan" ? (
          <pre className="calls-plan">{trace.plan}</pre>
        ) : trace && trace.calls.length > 0 ? (
          <CallsTable trace={trace} />
        ) : (
          <Empty state={state} enabled={enabled} />
        )}
      </div>
    </section>
  );
}

function Summary({ state }: { state: TraceState }) {
  if (state.kind === "idle") return null;
  return (
    <>
      <span className="calls-operation">{state.operation}</span>
      {state.kind === "running" ? <span>running</span> : <Marks told={state} />}
      {state.kind === "answered" && state.trace && <Numbers trace={state.trace} />}
    </>
  );
}

/** What is wrong with the answer, before any numbers: further down in a long one nobody sees it. */
function Marks({ told }: { told: Told }) {
  return (
    <>
      {told.errors > 0 && (
        <span className="calls-errors">
          {told.errors} {told.errors === 1 ? "error" : "errors"}
        </span>
      )}
      {told.problems.length > 0 && (
        <span className="calls-problems">
          {told.problems.length} {told.problems.length === 1 ? "problem" : "problems"}
        </span>
      )}
    </>
  );
}

function Numbers({ trace }: { trace: Trace }) {
  const sum = totals(trace);
  const parts = [
    sum.fetched > 0 && `${sum.fetched} fetched`,
    sum.shared > 0 && `${sum.shared} shared`,
    sum.cache > 0 && `${sum.cache} from cache`,
  ].filter(Boolean);
  return (
    <>
      <span>
        <b>{sum.calls}</b> {sum.calls === 1 ? "call" : "calls"}
        {parts.length > 0 && <span className="calls-parts"> ({parts.join(", ")})</span>}
      </span>
      {sum.failed > 0 && <span className="calls-failed">{sum.failed} failed</span>}
      <span>
        <b>{formatTime(trace.durationUs)}</b> in all
      </span>
      <span title="Time in which no upstream call was under way">
        <b>{formatTime(sum.gatewayUs)}</b> in the gateway
      </span>
      {sum.bytes > 0 && (
        <span className="calls-bytes">
          <b>{formatBytes(sum.bytes)}</b> read
        </span>
      )}
      {trace.planCached !== null && <span className="calls-plan-state">{trace.planCached ? "plan from cache" : "planned anew"}</span>}
    </>
  );
}

function Empty({ state, enabled }: { state: TraceState; enabled: boolean }) {
  if (state.kind === "running") return <p className="calls-empty">Waiting for the answer.</p>;
  if (state.kind === "answered" && state.trace) return <p className="calls-empty">The gateway answered this operation without an upstream call.</p>;
  if (!enabled) {
    return (
      <div className="calls-empty">
        <p>This gateway does not tell this browser which upstream calls an operation makes. To see them on the gateway's own machine, set in upstreams.toml:</p>
        <pre>
          <code>{'[server]\ntrace = "loopback"'}</code>
        </pre>
        <p>From elsewhere, set a token there instead of "loopback" and send it here under Headers as x-anabranch-trace.</p>
      </div>
    );
  }
  if (state.kind === "answered") return <p className="calls-empty">The last answer carried no trace: the operation was refused before any call was planned.</p>;
  return <p className="calls-empty">Run an operation with Ctrl-Enter to see the calls it makes: connector, batch size, cache and time.</p>;
}
