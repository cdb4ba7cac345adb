import { formatBytes, formatTime, type Call, type Source, type Trace } from "./trace";

const SOURCE: Record<Source, { label: string; title: string }> = {
  fetched: { label: "fetched", title: "Asked of the upstream for this operation" },
  cache: { label: "cache", title: "Answered from the gateway's cache" },
  shared: { label: "shared", title: "Joined an equal call that was already under way" },
  polled: { label: "polled", title: "Asked again and again for everyone who subscribes to it" },
  unknown: { label: "-", title: "" },
};

/** One row for each call, in the order they started, on a common time line. */
export function CallsTable({ trace }: { trace: Trace }) {
  const scale = Math.max(trace.durationUs, 1);
  return (
    <table className="calls-table">
      <thead>
        <tr>
          <th scope="col">Connector</th>
          <th scope="col" className="col-upstream">Upstream</th>
          <th scope="col" className="num">Keys</th>
          <th scope="col">Source</th>
          <th scope="col">Status</th>
          <th scope="col" className="num col-bytes">Size</th>
          <th scope="col" className="num">Time</th>
          <th scope="col" className="col-line">
            <span className="visually-hidden">Time line</span>
            <span className="axis" aria-hidden="true">
              <span>0</span>
              <span>{formatTime(scale / 2)}</span>
              <span>{formatTime(scale)}</span>
            </span>
          </th>
        </tr>
      </thead>
      <tbody>
        {trace.calls.map((call, index) => (
          <Row key={index} call={call} scale={scale} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ call, scale }: { call: Call; scale: number }) {
  const source = SOURCE[call.source];
  return (
    <tr data-failed={call.failed}>
      <th scope="row" className="col-connector">
        <span className="connector">{call.connector}</span>
        {call.path && <span className="path" title={`Needed at ${call.path}`}>{call.path}</span>}
      </th>
      <td className="col-upstream">
        {call.method && <span className="method">{call.method}</span>} {call.upstream}
      </td>
      <td className="num">{call.keys ?? "-"}</td>
      <td>
        <span className="source" data-source={call.source} title={source.title}>
          {source.label}
        </span>
      </td>
      <td className="col-status">
        {call.failed && <span className="failed-mark" aria-label="failed">!</span>}
        {call.error ?? call.status ?? "-"}
        {call.error && call.status !== null && ` (${call.status})`}
      </td>
      <td className="num col-bytes">{call.bytes === null ? "-" : formatBytes(call.bytes)}</td>
      <td className="num" title={`Started after ${formatTime(call.startUs)}`}>{formatTime(call.durationUs)}</td>
      <td className="col-line">
        <Bar call={call} scale={scale} />
      </td>
    </tr>
  );
}

function Bar({ call, scale }: { call: Call; scale: number }) {
  const left = Math.min(100, (call.startUs / scale) * 100);
  const width = Math.min(100 - left, (call.durationUs / scale) * 100);
  return (
    <div className="line" role="img" aria-label={`from ${formatTime(call.startUs)} to ${formatTime(call.startUs + call.durationUs)}`}>
      <div className="bar" data-source={call.source} data-failed={call.failed} style={{ left: `min(${left}%, 100% - 3px)`, width: `max(3px, ${width}%)` }} />
    </div>
  );
}
