import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ALLOWED = new Set(["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Apache-2.0", "Python-2.0", "CC0-1.0", "Unlicense", "BlueOak-1.0.0"]);
const PACKAGE = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//;

/**
 * Vite plugins that note every npm package whose modules were bundled (workers included), fail the build when one is not
 * permissive, and write their license texts to `THIRD-PARTY-LICENSES.txt`.
 */
export function licenses() {
  const roots = new Map();
  const collect = (context) => {
    for (const id of context.getModuleIds()) {
      const found = PACKAGE.exec(id.replace(/^\0+/, ""));
      if (found) roots.set(found[1], found[2]);
    }
  };
  return {
    worker: () => ({ name: "licenses-worker", generateBundle() { collect(this); } }),
    page: {
      name: "licenses",
      generateBundle() {
        collect(this);
        // One version may be installed at several places.
        const packages = [...new Map([...roots].map(([root, name]) => describe(root, name)).map((entry) => [entry.title, entry])).values()];
        packages.sort((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : 0));
        const refused = packages.filter((entry) => !ALLOWED.has(entry.license));
        if (refused.length > 0) this.error(`license not allowed: ${refused.map((entry) => `${entry.title} (${entry.license})`).join(", ")}`);
        this.emitFile({ type: "asset", fileName: "THIRD-PARTY-LICENSES.txt", source: text(packages) });
      },
    },
  };
}

function describe(root, name) {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const files = readdirSync(root).filter((file) => /^(licen[cs]e|notice|copying|thirdpartynotices)/i.test(file));
  const texts = files.sort().map((file) => readFileSync(join(root, file), "utf8").replace(/\r\n?/g, "\n").trim());
  if (texts.length === 0) texts.push(`(the package carries no license file; its manifest says ${manifest.license}, by ${author(manifest)})`);
  return { title: `${name} ${manifest.version}`, license: manifest.license, texts };
}

function author(manifest) {
  const value = manifest.author ?? manifest.contributors?.[0] ?? "its contributors";
  return typeof value === "string" ? value : value.name;
}

function text(packages) {
  const rule = "=".repeat(80);
  const index = packages.map((entry) => `  ${entry.title} (${entry.license})`).join("\n");
  const bodies = packages.map((entry) => `${rule}\n${entry.title} (${entry.license})\n${rule}\n\n${entry.texts.join("\n\n")}\n`).join("\n");
  return `The Anabranch console contains these packages.\n\n${index}\n\n${bodies}`;
}
