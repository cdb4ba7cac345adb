// Drives the console in headless Chromium against a running server and prints `N passed, N failed`.
//
//   ANABRANCH_URL         where the server listens (default http://127.0.0.1:4000)
//   ANABRANCH_CLIENT      the client to open (default web)
//   ANABRANCH_QUERY       the operation to type, on one line (default: the example that the console makes from the schema)
//   ANABRANCH_COMPLETION  root field that completion must offer after its first two letters (default: the query's first field)
//   ANABRANCH_EXPECT      text the answer must contain (default: that field's name)
//   ANABRANCH_MUTATION    an operation whose answer's first `id` goes into the next one for `ID` (default: none is sent)
//   ANABRANCH_EVENTS      a subscription, on one line, and `=>` and texts of its events with `|` between them (default: not tried)
//   ANABRANCH_DEFER       an operation with `@defer`, on one line, and `=>` and texts of its whole answer with `|` between them (default: not tried)
//   ANABRANCH_STREAM      the same with `@stream`
//   ANABRANCH_SHOTS       where screenshots go (default: none are written)
//   CHROMIUM              the browser (default /usr/bin/chromium)
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const env = (name, otherwise) => process.env[name] || otherwise;
const BASE = env("ANABRANCH_URL", "http://127.0.0.1:4000").replace(/\/$/, "");
const CLIENT = env("ANABRANCH_CLIENT", "web");
let QUERY = env("ANABRANCH_QUERY", "");
let COMPLETION = env("ANABRANCH_COMPLETION", "");
let EXPECT = env("ANABRANCH_EXPECT", "");
const SHOTS = env("ANABRANCH_SHOTS", "");
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const WAIT = 15_000;

let passed = 0;
let failed = 0;

async function step(name, action) {
  try {
    await action();
    passed += 1;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n        ${String(error.message ?? error).split("\n").slice(0, 6).join("\n        ")}`);
    await page.screenshot({ path: SHOTS ? join(SHOTS, `failed-${failed}.png`) : undefined }).catch(() => {});
  }
}

function check(condition, message) {
  if (!condition) throw new Error(message);
}

async function shot(name) {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

async function finish() {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}

if (SHOTS) mkdirSync(SHOTS, { recursive: true });
const profile = mkdtempSync(join(tmpdir(), "anabranch-e2e-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: env("CHROMIUM", "/usr/bin/chromium"),
  headless: true,
  args: ARGS,
  viewport: { width: 1360, height: 860 },
  colorScheme: "light",
  permissions: ["clipboard-read", "clipboard-write"],
});
context.setDefaultTimeout(WAIT);
const page = context.pages()[0] ?? (await context.newPage());

const problems = [];
const strangers = [];
// A refused operation is answered with status 400, which Chromium reports as an error; one step asks for just that.
let refusals = 0;
page.on("console", (message) => {
  if (refusals > 0 && /Failed to load resource.* 400 /.test(message.text())) {
    refusals -= 1;
    return;
  }
  if (message.type() === "error" || (message.type() === "warning" && /Content Security Policy|worker/i.test(message.text()))) problems.push(message.text());
});
page.on("pageerror", (error) => problems.push(error.message));
context.on("request", (request) => {
  const url = new URL(request.url());
  if (!["data:", "blob:"].includes(url.protocol) && url.origin !== BASE) strangers.push(request.url());
});
await context.addInitScript(() => {
  document.addEventListener("securitypolicyviolation", (event) => console.error(`Content Security Policy: ${event.violatedDirective} ${event.blockedURI}`));
});

const editor = page.locator(".graphiql-query-editor .monaco-editor").first();
const response = page.locator(".graphiql-response");
const calls = page.locator(".calls");

/** Monaco draws only the lines in view and writes spaces as no-break spaces. */
const textOf = async (locator) => (await locator.locator(".view-line").allInnerTexts()).join("\n").replaceAll("\u00a0", " ");

async function waitForText(locator, expected) {
  const until = Date.now() + WAIT;
  for (;;) {
    const text = await textOf(locator);
    if (text.includes(expected)) return text;
    if (Date.now() > until) throw new Error(`expected \`${expected}\` in:\n${text}`);
    await page.waitForTimeout(50);
  }
}

async function replaceQuery(text) {
  await editor.click();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Delete");
  await page.keyboard.type(text, { delay: 15 });
}

await step("the home page lists the clients", async () => {
  await page.goto(`${BASE}/`);
  await page.getByRole("heading", { name: "Anabranch" }).waitFor();
  check((await page.locator(".client").count()) > 0, "no client is listed");
  await page.getByRole("heading", { name: CLIENT, exact: true }).waitFor();
  await shot("home-light");
});

if (failed > 0) await finish();

await step("an endpoint can be copied", async () => {
  await page.getByRole("button", { name: `Copy the endpoint of ${CLIENT}` }).click();
  await page.getByText("Copied").first().waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  check(copied === `${BASE}/${CLIENT}/graphql`, `the clipboard has \`${copied}\``);
});

await step("the console's licenses are served", async () => {
  const answer = await page.request.get(`${BASE}/THIRD-PARTY-LICENSES.txt`);
  check(answer.ok() && (await answer.text()).includes("graphiql"), `status ${answer.status()}`);
});

await step("a client's console opens from the home page", async () => {
  await page.getByRole("link", { name: `Open console for ${CLIENT}` }).click();
  await editor.waitFor();
  check(new URL(page.url()).pathname === `/${CLIENT}/graphql`, `the address is ${page.url()}`);
});

await step("the editor starts with an example made from the schema", async () => {
  await waitForText(editor, "query Example {");
  // GraphiQL stores what the editor has a moment after it changes.
  const stored = await page.waitForFunction((key) => /query Example[^]*/.exec(localStorage.getItem(key) ?? "")?.[0], `anabranch:${CLIENT}:graphiql:query`);
  const example = await stored.jsonValue();
  QUERY ||= example.replace("Example", "FromTheKeyboard").replace(/\s+/g, " ").trim();
  COMPLETION ||= /\{\s*(\w+)/.exec(QUERY)[1];
  EXPECT ||= `"${COMPLETION}"`;
  await shot("console-start-light");
});

await step("the example runs as it stands", async () => {
  await editor.click();
  await page.keyboard.press("Control+Enter");
  const text = await waitForText(response, '"data"');
  check(!text.includes('"errors"'), `the answer has errors:\n${text}`);
});

await step("completion offers a root field", async () => {
  await replaceQuery(`{ ${COMPLETION.slice(0, 2)}`);
  await page.keyboard.press("Control+Space");
  const widget = page.locator(".suggest-widget.visible");
  await widget.waitFor();
  await widget.locator(".monaco-list-row", { hasText: COMPLETION }).first().waitFor();
  await shot("completion-light");
  await page.keyboard.press("Escape");
});

await step("a query typed and run with the keyboard is answered", async () => {
  await replaceQuery(QUERY);
  const typed = (await textOf(editor)).replace(/\s+/g, " ").trim();
  check(typed === QUERY.replace(/\s+/g, " ").trim(), `the editor has \`${typed}\``);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Enter");
  const text = await waitForText(response, EXPECT);
  check(!text.includes('"errors"'), `the answer has errors:\n${text}`);
  check(!text.includes('"trace"'), "the trace extension is shown in the answer");
});

await step("the upstream calls panel shows the calls", async () => {
  await calls.locator("tbody tr").first().waitFor();
  const rows = await calls.locator("tbody tr").count();
  check(rows > 0, "no rows");
  check((await calls.locator(".bar").count()) === rows, "a row lacks its bar");
  const summary = await calls.getByRole("status").innerText();
  const name = /^query (\w+)/.exec(QUERY)?.[1] ?? "";
  check(summary.includes(name), `the summary does not name ${name}: \`${summary}\``);
  check(summary.includes(`${rows} call`), `the summary says \`${summary}\``);
  await shot("answer-light");
});

await step("the panel resizes and closes by keyboard", async () => {
  const separator = calls.getByRole("separator");
  const before = (await calls.boundingBox()).height;
  await separator.focus();
  await page.keyboard.press("ArrowUp");
  check((await calls.boundingBox()).height > before, "the arrow key did not enlarge the panel");
  await page.keyboard.press("ArrowDown");
  const toggle = calls.getByRole("button", { name: "Upstream calls" });
  await toggle.press("Enter");
  check((await toggle.getAttribute("aria-expanded")) === "false", "the panel did not close");
  await toggle.press("Enter");
  check((await toggle.getAttribute("aria-expanded")) === "true", "the panel did not open");
});

await step("F6 leaves the editor and comes round to it again", async () => {
  await editor.click();
  const seen = [];
  for (let press = 0; press < 6; press += 1) {
    await page.keyboard.press("F6");
    seen.push(await page.evaluate(() => document.activeElement?.closest(".topbar, .graphiql-query-editor, .graphiql-response, .calls")?.className.split(" ")[0]));
  }
  for (const pane of ["topbar", "graphiql-query-editor", "calls"]) check(seen.includes(pane), `never reached ${pane}: ${seen.join(", ")}`);
});

await step("the variables and headers editors open", async () => {
  await page.getByRole("button", { name: "Headers", exact: true }).click();
  await page.locator('section[aria-label="Headers"] .graphiql-editor:not(.hidden) .monaco-editor').waitFor();
  await page.getByRole("button", { name: "Variables", exact: true }).click();
  await page.locator('section[aria-label="Variables"] .graphiql-editor:not(.hidden) .monaco-editor').waitFor();
});

await step("the docs explorer shows the schema", async () => {
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.locator(".graphiql-doc-explorer").waitFor();
  await page.locator(".graphiql-doc-explorer").getByRole("link", { name: "Query", exact: true }).first().click();
  await page.locator(".graphiql-doc-explorer").getByText(COMPLETION, { exact: true }).first().waitFor();
  await shot("docs-light");
  await page.getByRole("button", { name: "Hide Documentation Explorer" }).click();
});

await step("the history has the query", async () => {
  await page.getByRole("button", { name: "Show History" }).click();
  check((await page.locator(".graphiql-history-item").count()) > 0, "the history is empty");
  await page.getByRole("button", { name: "Hide History" }).click();
});

await step("a wrong query is marked and its errors are shown", async () => {
  await replaceQuery("{ noSuchFieldHere }");
  await page.locator(".graphiql-query-editor .squiggly-error").first().waitFor();
  await page.keyboard.press("Escape");
  refusals = 1;
  await page.keyboard.press("Control+Enter");
  await waitForText(response, '"errors"');
  // The endpoint refuses it with status 400, which the browser mentions in its console: that much is expected here.
  const expected = problems.findIndex((problem) => problem.includes("status of 400"));
  if (expected >= 0) problems.splice(expected, 1);
});

await step("dark and narrow windows work", async () => {
  await replaceQuery(QUERY);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Enter");
  await waitForText(response, EXPECT);
  // The editor keeps its tabs a moment after the last key; a reload before that would bring the wrong query back.
  await page.waitForFunction(() => {
    const tabs = Object.entries(localStorage).filter(([key]) => key.endsWith("tabState"));
    return tabs.length > 0 && tabs.every(([, state]) => !state.includes("noSuchFieldHere"));
  });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.reload();
  await editor.waitFor();
  await editor.click();
  await page.keyboard.press("Control+Enter");
  await calls.locator("tbody tr").first().waitFor();
  await shot("answer-dark");
  const plan = calls.getByRole("button", { name: "Plan", exact: true });
  if (await plan.isVisible()) {
    await plan.click();
    await calls.locator(".calls-plan").waitFor();
    await shot("plan-dark");
  }
  await page.setViewportSize({ width: 420, height: 860 });
  await page.waitForTimeout(200);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  check(!overflow, "the page scrolls sideways at 420 pixels");
  await shot("narrow-dark");
  await page.goto(`${BASE}/`);
  await page.locator(".client").first().waitFor();
  await shot("home-narrow-dark");
  await page.setViewportSize({ width: 1360, height: 860 });
  await shot("home-dark");
});

/** `operation => one|two` */
const asked = (text) => {
  const [operation, expected] = text.split("=>").map((part) => part.trim());
  return { operation, expected: expected.split("|") };
};

async function run(operation) {
  await page.goto(`${BASE}/${CLIENT}/graphql`);
  await editor.waitFor();
  await replaceQuery(operation);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Enter");
}

if (env("ANABRANCH_EVENTS", "")) {
  await step("a subscription shows its events until it is stopped", async () => {
    const { operation, expected } = asked(env("ANABRANCH_EVENTS", ""));
    let id = "";
    if (env("ANABRANCH_MUTATION", "")) {
      const headers = { "content-type": "application/json" };
      const answer = await context.request.post(`${BASE}/${CLIENT}/graphql`, { headers, data: { query: env("ANABRANCH_MUTATION", "") } });
      id = (await answer.text()).match(/"id":\s*"([^"]+)"/)?.[1] ?? "";
      check(id, `no id in the mutation's answer: ${await answer.text()}`);
    }
    await run(operation.replace("ID", id));
    for (const text of expected) {
      await waitForText(response, text);
      await shot(`event-${text.toLowerCase().replaceAll(/[^a-z]/g, "")}`);
    }
    const stop = page.locator(".graphiql-execute-button");
    await stop.click();
    await calls.locator("tbody tr").first().waitFor();
  });
}

for (const [variable, directive] of [
  ["ANABRANCH_DEFER", "defer"],
  ["ANABRANCH_STREAM", "stream"],
]) {
  if (!env(variable, "")) continue;
  await step(`an answer in parts is put together: @${directive}`, async () => {
    const { operation, expected } = asked(env(variable, ""));
    await run(operation);
    await calls.locator("tbody tr").first().waitFor();
    const text = await textOf(response);
    for (const part of expected) check(text.includes(part), `expected \`${part}\` in:\n${text}`);
    for (const part of ["incremental", "hasNext", "errors"]) check(!text.includes(`"${part}"`), text);
    await shot(directive);
  });
}

await step("the switcher goes to another client", async () => {
  await page.goto(`${BASE}/${CLIENT}/graphql`);
  await editor.waitFor();
  const switcher = page.locator("button.switcher");
  if ((await switcher.count()) === 0) return;
  await switcher.press("Enter");
  const other = page.getByRole("menuitem").filter({ hasNotText: new RegExp(`^${CLIENT}$`) }).first();
  const name = await other.innerText();
  await shot("switcher-dark");
  await other.click();
  await page.waitForURL(`${BASE}/${encodeURIComponent(name)}/graphql`);
  await editor.waitFor();
  await waitForText(editor, "query Example {");
  await shot("other-client-dark");
});

await step("no request left the origin", async () => check(strangers.length === 0, strangers.join("\n")));
await step("no console errors and no policy violations", async () => check(problems.length === 0, problems.join("\n")));

await finish();
