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
          {count === 1 ? "One client has" : `${count || "No"} clients have`} a GraphQL schema of {count === 1 ? "its" : "their"} own here.
          {count > 0 && " Open a console to explore it, or point an application at the endpoint."}
        </p>
      </header>
      <main>
        {count === 0 ? (
          <NoClients />
        ) : (
          <ul className="clients" aria-label="Clients">
            {config.clients.map((client) => (
              <Client key={client.name} client={client} />
            ))}
          </ul>
        )}
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

function NoClients() {
  return (
    <div className="no-clients">
      The configuration names no client. Add one to <code>upstreams.toml</code>:
      <pre>
        <code>{'[clients.web]\nschema = "schema/clients/web.graphql"'}</code>
      </pre>
    </div>
  );
}
