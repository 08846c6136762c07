// Builds the browser code: `npm ci --ignore-scripts && node build.mjs`.
// Every src/pages/*.ts becomes an entry point; its hashed name goes into ../static/dist/manifest.json,
// where the templates' asset("till.js") finds it. Nothing is fetched from another host at run time.
// The service workers of gate and till are built last: each carries the list of what its pages need without a network.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const STATIC = join(HERE, "../static");
const OUT = join(STATIC, "dist");
const COPIED = {
  "zxing.wasm": "zxing-wasm/dist/reader/zxing_reader.wasm",
  "swagger-ui.js": "swagger-ui-dist/swagger-ui-bundle.js",
  "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
};
const OFFLINE = [ // the pages that open without a network, and their scripts
  { name: "gate", pages: "^/gate/[^/.]*$", scripts: ["base.js", "gate.js", "gates.js"] },
  { name: "till", pages: "^/till$", scripts: ["base.js", "till.js"] },
];
const UNHASHED = ["tokens.css", "aixin.css", "icons.svg", "mark.svg"];
const ICONS = [192, 512];
const COMMON = {
  absWorkingDir: HERE,
  outdir: OUT,
  bundle: true,
  minify: true,
  target: ["chrome87", "safari15"],
  legalComments: "linked",
  metafile: true,
};

const manifest = {};
const kept = new Set(["manifest.json", "imports.json"]);

const hashOf = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex").slice(0, 10);

function putHashed(name, bytes) {
  manifest[name] = name.replace(/(\.\w+)$/, `.${hashOf(bytes)}$1`);
  writeFileSync(join(OUT, manifest[name]), bytes);
  kept.add(manifest[name]);
}

/** The mark on paper, with room around it: an Android launcher may cut the corners off. */
async function drawIcons() {
  await initWasm(readFileSync(join(HERE, "node_modules/@resvg/resvg-wasm/index_bg.wasm")));
  const mark = readFileSync(join(STATIC, "mark.svg"), "utf8").replace('viewBox="0 0 32 32"', 'viewBox="-8 -8 48 48"');
  for (const width of ICONS) {
    const picture = new Resvg(mark, { background: "#faf6ef", fitTo: { mode: "width", value: width } });
    putHashed(`icon-${width}.png`, picture.render().asPng());
  }
}

function entryPoints() {
  const pages = join(HERE, "src/pages");
  return readdirSync(pages).filter((name) => name.endsWith(".ts")).map((name) => join(pages, name));
}

async function bundle() {
  const result = await build({
    ...COMMON,
    entryPoints: entryPoints(),
    format: "esm",
    splitting: true,
    entryNames: "[name].[hash]",
    chunkNames: "chunk.[hash]",
    define: { __WASM__: JSON.stringify(manifest["zxing.wasm"]) },
  });
  for (const [file, output] of Object.entries(result.metafile.outputs)) {
    kept.add(basename(file));
    if (output.entryPoint?.startsWith("src/pages/")) {
      manifest[basename(output.entryPoint).replace(/\.ts$/, ".js")] = basename(file);
    }
  }
  return result.metafile.outputs;
}

/** A script and everything that it imports, now or later. */
function closure(outputs, name, found = new Set()) {
  const [path, output] = Object.entries(outputs).find(([file]) => basename(file) === name);
  if (found.has(basename(path))) return found;
  found.add(basename(path));
  for (const { path: next, external } of output.imports) if (!external) closure(outputs, basename(next), found);
  return found;
}

async function bundleWorker(outputs, { name: place, pages, scripts: entries }) {
  const scripts = new Set(entries.flatMap((name) => [...closure(outputs, manifest[name])]));
  const built = [...scripts, manifest["zxing.wasm"], ...ICONS.map((width) => manifest[`icon-${width}.png`])].sort();
  const shell = [...built.map((name) => `/static/dist/${name}`), ...UNHASHED.map((name) => `/static/${name}`)];
  const version = hashOf(shell.join(), ...UNHASHED.map((name) => readFileSync(join(STATIC, name))));
  const { metafile } = await build({
    ...COMMON,
    entryPoints: ["src/offline/worker.ts"],
    format: "iife",
    entryNames: `${place}-worker.[hash]`,
    define: {
      __SHELL__: JSON.stringify(shell),
      __VERSION__: JSON.stringify(version),
      __PREFIX__: JSON.stringify(`aixin-${place}-`),
      __PAGES__: JSON.stringify(pages),
    },
  });
  for (const file of Object.keys(metafile.outputs)) kept.add(basename(file));
  manifest[`${place}-worker.js`] = basename(Object.keys(metafile.outputs).find((file) => file.endsWith(".js")));
}

/** What a page's script imports at once, so that the page can ask for all of it together. */
function importsAtOnce(outputs) {
  const found = {};
  for (const [name, file] of Object.entries(manifest)) {
    const output = outputs[Object.keys(outputs).find((path) => basename(path) === file) ?? ""];
    if (output) found[name] = [...atOnce(outputs, output)].sort();
  }
  return found;
}

function atOnce(outputs, output, found = new Set()) {
  for (const { path, kind } of output.imports) {
    if (kind !== "import-statement" || found.has(basename(path))) continue;
    found.add(basename(path));
    atOnce(outputs, outputs[path], found);
  }
  return found;
}

// The manifest is swapped in one step and old files go last, so a running server never reads half a build.
function publish(outputs) {
  writeFileSync(join(OUT, "imports.json"), `${JSON.stringify(importsAtOnce(outputs), null, 1)}\n`);
  writeFileSync(join(OUT, "manifest.new"), `${JSON.stringify(manifest, null, 1)}\n`);
  renameSync(join(OUT, "manifest.new"), join(OUT, "manifest.json"));
  for (const name of readdirSync(OUT)) if (!kept.has(name)) rmSync(join(OUT, name), { recursive: true, force: true });
}

mkdirSync(OUT, { recursive: true });
for (const [name, source] of Object.entries(COPIED)) putHashed(name, readFileSync(join(HERE, "node_modules", source)));
await drawIcons();
const outputs = await bundle();
for (const place of OFFLINE) await bundleWorker(outputs, place);
publish(outputs);
console.log(`${Object.keys(manifest).length} files in ${OUT.slice(OUT.indexOf("service/"))}`);
