import "./workers";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { readConsoleConfig } from "../shared/config";
import { Console } from "./Console";
import { installPaneKeys } from "./panes";
// GraphiQL's own style.css carries 600 KB of fonts; these are its parts without them.
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "../shared/base.css";
import "./graphiql-overrides.css";
import "./console.css";
import "./calls.css";

const config = readConsoleConfig();
document.title = `${config.client} - Anabranch`;
installPaneKeys();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Console config={config} />
    </StrictMode>,
  );
}
