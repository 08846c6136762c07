// Builds the browser code: `npm ci --ignore-scripts && node build.mjs`.
// Every src/pages/*.ts becomes an entry point; its hashed name goes into ../static/dist/manifest.json,
// where the templates' asset("till.js") finds it. Nothing is fetched from another host at run time.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = join(HERE, "../static/dist");
const COPIED = {
  "zxing.wasm": "zxing-wasm/dist/reader/zxing_reader.wasm",
  "swagger-ui.js": "swagger-ui-dist/swagger-ui-bundle.js",
  "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
};

const manifest = {};
const kept = new Set(["manifest.json"]);

function copyHashed(name, source) {
  const bytes = readFileSync(source);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  manifest[name] = name.replace(/(\.\w+)$/, `.${hash}$1`);
  copyFileSync(source, join(OUT, manifest[name]));
  kept.add(manifest[name]);
}

function entryPoints() {
  const pages = join(HERE, "src/pages");
  return readdirSync(pages).filter((name) => name.endsWith(".ts")).map((name) => join(pages, name));
}

async function bundle() {
  const result = await build({
    absWorkingDir: HERE,
    entryPoints: entryPoints(),
    outdir: OUT,
    bundle: true,
    minify: true,
    format: "esm",
    splitting: true,
    target: ["chrome87", "safari15"],
    entryNames: "[name].[hash]",
    chunkNames: "chunk.[hash]",
    legalComments: "linked",
    metafile: true,
    define: { __WASM__: JSON.stringify(manifest["zxing.wasm"]) },
  });
  for (const [file, output] of Object.entries(result.metafile.outputs)) {
    kept.add(basename(file));
    if (output.entryPoint?.startsWith("src/pages/")) {
      manifest[basename(output.entryPoint).replace(/\.ts$/, ".js")] = basename(file);
    }
  }
}

// The manifest is swapped in one step and old files go last, so a running server never reads half a build.
function publish() {
  writeFileSync(join(OUT, "manifest.new"), `${JSON.stringify(manifest, null, 1)}\n`);
  renameSync(join(OUT, "manifest.new"), join(OUT, "manifest.json"));
  for (const name of readdirSync(OUT)) if (!kept.has(name)) rmSync(join(OUT, name), { recursive: true, force: true });
}

mkdirSync(OUT, { recursive: true });
for (const [name, source] of Object.entries(COPIED)) copyHashed(name, join(HERE, "node_modules", source));
await bundle();
publish();
console.log(`${Object.keys(manifest).length} files in ${OUT.slice(OUT.indexOf("service/"))}`);
