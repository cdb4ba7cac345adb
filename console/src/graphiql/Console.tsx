import { useGraphiQL } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { useEffect, useMemo, useRef } from "react";
import type { ConsoleConfig } from "../shared/config";
import { CallsPanel } from "./CallsPanel";
import { useEditorThemes } from "./editor-themes";
import { exampleQuery, WELCOME } from "./example";
import { createFetcher } from "./fetcher";
import { clientStorage } from "./storage";
import { TopBar } from "./TopBar";
import { createTraceStore } from "./trace-store";

/** `GET /{client}/graphql` in a browser: GraphiQL between the top bar and the upstream calls. */
export function Console({ config }: { config: ConsoleConfig }) {
  const { store, fetcher, storage } = useMemo(() => {
    const store = createTraceStore();
    return { store, fetcher: createFetcher(config, store), storage: clientStorage(config.client) };
  }, [config]);
  useEditorThemes();
  return (
    <div className="console">
      <TopBar config={config} />
      <main className="workbench">
        <GraphiQL fetcher={fetcher} storage={storage} defaultQuery={WELCOME} shouldPersistHeaders={false} showPersistHeadersSettings={true} inputValueDeprecation>
          <GraphiQL.Logo>
            <span />
          </GraphiQL.Logo>
          <ExampleWriter />
        </GraphiQL>
      </main>
      <CallsPanel store={store} enabled={config.trace} />
    </div>
  );
}

/** Once the schema is known, puts a query that runs under the welcome text, if nobody typed meanwhile. */
function ExampleWriter() {
  const schema = useGraphiQL((state) => state.schema);
  const editor = useGraphiQL((state) => state.queryEditor);
  const done = useRef(false);
  useEffect(() => {
    if (!schema || !editor || done.current) return;
    done.current = true;
    if (editor.getValue().trim() !== WELCOME.trim()) return;
    const example = exampleQuery(schema);
    if (example) editor.setValue(WELCOME + example);
  }, [schema, editor]);
  return null;
}
