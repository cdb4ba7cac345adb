import { DropdownMenu } from "@graphiql/react";
import type { ConsoleConfig } from "../shared/config";
import { CopyButton } from "../shared/CopyButton";
import { Mark } from "../shared/Mark";

/** Name, client switcher, the endpoint's address and the schema. */
export function TopBar({ config }: { config: ConsoleConfig }) {
  const url = new URL(config.endpoint, location.origin).href;
  return (
    <header className="topbar">
      <a className="brand" href="/" aria-label="Anabranch: all clients">
        <Mark size={24} />
        <span className="brand-name">Anabranch</span>
      </a>
      <ClientSwitcher config={config} />
      <span className="topbar-endpoint">
        <code>{url}</code>
        <CopyButton text={url} label="Copy the endpoint" />
      </span>
      {config.schema !== null && (
        <a className="topbar-schema" href={config.schema}>
          schema.graphql
        </a>
      )}
    </header>
  );
}

function ClientSwitcher({ config }: { config: ConsoleConfig }) {
  const others = config.clients.filter((name) => name !== config.client);
  if (others.length === 0) return <span className="switcher-only">{config.client}</span>;
  return (
    <DropdownMenu>
      <DropdownMenu.Button className="switcher" aria-label={`Client ${config.client}, switch client`}>
        {config.client}
        <svg width="10" height="6" viewBox="0 0 10 6" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
          <path d="M1 1l4 4 4-4" />
        </svg>
      </DropdownMenu.Button>
      <DropdownMenu.Content align="start">
        {[...config.clients].map((name) => (
          <DropdownMenu.Item key={name} aria-current={name === config.client ? "page" : undefined} onSelect={() => location.assign(endpointOf(config, name))}>
            {name}
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu>
  );
}

function endpointOf(config: ConsoleConfig, client: string): string {
  return client === config.client ? config.endpoint : `/${encodeURIComponent(client)}/graphql`;
}
