import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { licenses } from "./build/licenses.mjs";

const collected = licenses();

export default defineConfig({
  plugins: [react(), collected.page],
  worker: { format: "es", plugins: () => [collected.worker()] },
  build: {
    target: "es2023",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 8000,
    rollupOptions: { input: ["index.html", "graphiql.html"] },
  },
});
