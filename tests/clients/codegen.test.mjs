// graphql-codegen's client preset on both views: generated, type-checked with TypeScript, compiled and run.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, test } from "node:test";
import { endpoint, run, sdl, sha256, workspace } from "./gateway.mjs";

const env = { SHOP_ENDPOINT: endpoint("web"), SHOP_SDL: sdl("mobile") };

async function built(t, view) {
  const folder = workspace(t, [`codegen/${view}`, "codegen/tsconfig.json"]);
  await run(folder, ["graphql-codegen", "--config", "codegen.mjs"], env);
  await run(folder, ["tsc", "--project", "tsconfig.json"]);
  const documents = JSON.parse(readFileSync(join(folder, "gql/persisted-documents.json"), "utf8"));
  return { program: await import(pathToFileURL(join(folder, "built/app.js"))), documents };
}

describe("the client preset", { concurrency: true }, () => {
  test("the web app: types from introspection, masked fragments, enums, a program that runs", async (t) => {
    const { program, documents } = await built(t, "web");
    const shown = await program.front(endpoint("web"));
    assert.deepEqual([shown.total, shown.bought], [300, "PLACED"]);
    assert.match(shown.titles[0], /^Wren Stoneware Serving Board, €/);
    assert.ok(shown.minutes.length > 0 && shown.minutes.every(Number.isInteger));
    assert.deepEqual(Object.values(documents).map((text) => /(query|mutation) (\w+)/.exec(text)[2]).sort(), ["Buy", "Front"]);
  });

  test("the mobile app: types from SDL, documents as texts, a program that runs", async (t) => {
    const { program, documents } = await built(t, "mobile");
    const shown = await program.home(endpoint("mobile"));
    assert.equal(shown.length, 3);
    assert.match(shown[0], /^Leon \((BASIC|SILVER|GOLD)\)$/);
    for (const [id, text] of Object.entries(documents)) {
      assert.equal(id, `sha256:${sha256(text)}`);
    }
  });
});
