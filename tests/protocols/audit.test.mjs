// The audit of GraphQL over HTTP that the npm package `graphql-http` has: every MUST, SHOULD and MAY.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serverAudits } from "graphql-http";
import { url } from "./gateway.mjs";

const audits = serverAudits({ url, fetchFn: fetch });

test("the audit has what it had", () => {
  assert.ok(audits.length >= 60, `${audits.length} audits`);
});

for (const audit of audits) {
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn();
    assert.equal(result.status, "ok", result.reason);
  });
}
