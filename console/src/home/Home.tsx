import type { ClientEntry, HomeConfig } from "../shared/config";
import { CopyButton } from "../shared/CopyButton";
import { Mark } from "../shared/Mark";

/** `GET /`: the clients of this gateway and where each is reached. */
export function Home({ config }: { config: HomeConfig }) {
  const count = config.clients.length;
  return (
    <div className="home">
      <header className="home-head">
        <h1 className="brand">
          <Mark size={40} />
          Anabranch
        </h1>
        <p className="home-lead">
          {count > 1
            ? "Each client has a GraphQL schema of its own over the same services. Open a console to explore it, or point an application at the endpoint."
            : "One GraphQL schema over several services. Open the console to explore it, or point an application at the endpoint."}
        </p>
      </header>
      <main>
        <ul className="clients" aria-label="Clients">
          {config.clients.map((client) => (
            <Client key={client.name} client={client} />
          ))}
        </ul>
        {config.clients[0] && <FromShell client={config.clients[0]} />}
      </main>
      <footer className="home-foot">
        <span>Anabranch {config.version}</span>
        <a href="/THIRD-PARTY-LICENSES.txt">Licenses of the console's parts</a>
      </footer>
    </div>
  );
}

function Client({ client }: { client: ClientEntry }) {
  const url = new URL(client.endpoint, location.origin).href;
  const title = `client-${client.name}`;
  return (
    <li className="client" aria-labelledby={title}>
      <div className="client-head">
        <h2 id={title}>{client.name}</h2>
        {client.types !== null && (
          <span className="client-stat">
            {client.types} {client.types === 1 ? "type" : "types"}
          </span>
        )}
      </div>
      <dl className="client-endpoint">
        <dt>Endpoint</dt>
        <dd>
          <code>{url}</code>
          <CopyButton text={url} label={`Copy the endpoint of ${client.name}`} />
        </dd>
      </dl>
      <p className="client-links">
        {client.console ? (
          <a className="primary" href={client.endpoint}>
            Open console<span className="visually-hidden"> for {client.name}</span>
          </a>
        ) : (
          <span className="off">Console off</span>
        )}
        {client.schema !== null ? (
          <a href={client.schema}>
            schema.graphql<span className="visually-hidden"> of {client.name}</span>
          </a>
        ) : (
          <span className="off">Schema not public</span>
        )}
      </p>
    </li>
  );
}

/** The smallest request that works; the content type is the part people miss. */
function FromShell({ client }: { client: ClientEntry }) {
  const url = new URL(client.endpoint, location.origin).href;
  const command = `curl ${url} \\\n  -H 'content-type: application/json' \\\n  -d '{"query": "{ __typename }"}'`;
  return (
    <section className="shell" aria-labelledby="shell-title">
      <div className="shell-head">
        <h2 id="shell-title">From a shell</h2>
        <CopyButton text={command} label="Copy the command" />
      </div>
      <pre tabIndex={0}>
        <code>{command}</code>
      </pre>
    </section>
  );
}
