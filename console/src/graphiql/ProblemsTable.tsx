import type { Problem } from "./problems";

/** One row for each problem, in the order of their places in the files. */
export function ProblemsTable({ problems, dropped }: { problems: Problem[]; dropped: number }) {
  return (
    <>
      <table className="calls-table problems-table">
        <thead>
          <tr>
            <th scope="col">Field of the graph</th>
            <th scope="col">Problem</th>
            <th scope="col">Found</th>
            <th scope="col">Expected</th>
            <th scope="col" className="num">Times</th>
            <th scope="col">Place</th>
            <th scope="col" className="col-upstream">Connector</th>
          </tr>
        </thead>
        <tbody>
          {problems.map((problem, index) => (
            <tr key={index}>
              <th scope="row" className="col-connector" title={problem.path}>
                <span className="connector">{problem.path || "(root)"}</span>
              </th>
              <td className="col-problem" title={problem.message}>{problem.message}</td>
              <td>{problem.found ?? "-"}</td>
              <td>
                <code>{problem.expected ?? "-"}</code>
              </td>
              <td className="num">{problem.count}</td>
              <td className="col-place" title={problem.place ?? undefined}>{problem.place ?? "-"}</td>
              <td className="col-upstream">{problem.connector}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {dropped > 0 && <p className="calls-empty">Further problems were met {dropped} {dropped === 1 ? "time" : "times"}.</p>}
    </>
  );
}
