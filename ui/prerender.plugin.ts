// Puts the first screen into the built page, and lets the page's scripts begin after its first paint. It is what the page
// itself draws before it knows anything, by the same components.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { build, type Plugin } from "vite";

const DRAWN = join(import.meta.dirname, "node_modules", `.prerender-${process.pid}`);
const BEGIN = "assets/begin.js";
const SCRIPT = /\s*<script type="module"[^>]* src="([^"]+)"><\/script>/;
const PRELOAD = /\s*<link rel="modulepreload"[^>]* href="([^"]+)">/g;

/** Parts of the page's head and body. */
interface Drawing {
  head: string;
  body: string;
}

/** The drawing of the first screen. */
async function draw(define: Record<string, string>): Promise<Drawing> {
  const entry = join(import.meta.dirname, "src", "prerender.ts");
  await build({
    configFile: false,
    root: import.meta.dirname,
    logLevel: "warn",
    define,
    plugins: [svelte()],
    ssr: { noExternal: true },
    build: {
      ssr: entry,
      outDir: DRAWN,
      // Other places are not drawn.
      rollupOptions: { external: /\/Places\.svelte$/ },
    },
  });
  try {
    const file = pathToFileURL(join(DRAWN, "prerender.js"));
    const module = (await import(`${file}?${Date.now()}`)) as { firstScreen: () => Drawing };
    return module.firstScreen();
  } finally {
    rmSync(DRAWN, { recursive: true, force: true });
  }
}

/** The script that runs before the first paint, as one file. */
async function beginning(): Promise<string> {
  const entry = join(import.meta.dirname, "src", "begin.ts");
  const lib = { entry, formats: ["iife" as const], name: "begin" };
  const built = await build({
    configFile: false,
    root: import.meta.dirname,
    publicDir: false,
    logLevel: "warn",
    build: { lib, write: false, target: "safari16" },
  });
  const [output] = Array.isArray(built) ? built : [built];
  const chunk = output && "output" in output ? output.output[0] : undefined;
  if (chunk?.type !== "chunk") throw new Error("src/begin.ts was not built");
  return chunk.code;
}

/** The plugin; `define` is that of the page. */
export function prerender(define: Record<string, string>): Plugin {
  return {
    name: "seatrial-prerender",
    apply: "build",
    async generateBundle() {
      this.emitFile({ type: "asset", fileName: BEGIN, source: await beginning() });
    },
    transformIndexHtml: {
      order: "post",
      async handler(html) {
        const main = SCRIPT.exec(html)?.[1];
        if (main === undefined) throw new Error("index.html has no module script");
        const others = [...html.matchAll(PRELOAD)].map(([, file]) => file);
        const { head, body } = await draw(define);
        const begin = `<script src="/${BEGIN}" data-scripts="${[...others, main].join(" ")}"></script>`;
        return html
          .replace(SCRIPT, () => `\n    ${begin}`)
          .replace(PRELOAD, "")
          .replace(/<title>.*<\/title>/, () => head)
          .replace('<div id="app"></div>', () => `<div id="app" inert>${body}</div>`);
      },
    },
  };
}
