import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { readHomeConfig } from "../shared/config";
import { Home } from "./Home";
import "../shared/base.css";
import "./home.css";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Home config={readHomeConfig()} />
    </StrictMode>,
  );
}
