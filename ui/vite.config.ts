import { readFileSync } from "node:fs";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";
import { guide } from "./guide.plugin.ts";
import { prerender } from "./prerender.plugin.ts";

// Browser tests see the page under the policy of the desktop window.
const window = new URL("../src-tauri/tauri.conf.json", import.meta.url);
const csp = Object.entries(
  JSON.parse(readFileSync(window, "utf8")).app.security.csp as Record<string, string>,
)
  .map(([directive, sources]) => `${directive} ${sources}`)
  .join("; ");

export default defineConfig(({ mode }) => {
  // Only the demonstration and the tests carry the in-memory backend.
  const demo = mode === "demo" || mode === "test";
  const define = { __DEMO__: JSON.stringify(demo) };
  return {
    define,
    plugins: [svelte(), svelteTesting(), guide(), prerender(define)],
    clearScreen: false,
    server: { port: 1420, strictPort: true, host: "127.0.0.1" },
    preview: {
      headers: { "Content-Security-Policy": csp },
      host: "127.0.0.1",
      port: Number(process.env["SEATRIAL_DEMO_PORT"] ?? "4173"),
      strictPort: true,
    },
    build: {
      target: "safari16",
      outDir: mode === "demo" ? "dist-demo" : "dist",
      emptyOutDir: true,
      sourcemap: false,
      assetsInlineLimit: 0,
      // Drawing the first screen is a build of its own, and takes its time.
      rolldownOptions: { checks: { pluginTimings: false } },
    },
    test: {
      environment: "jsdom",
      setupFiles: ["./src/test-setup.ts"],
      // A machine that also builds and deploys is slow at times.
      testTimeout: 60_000,
      include: ["src/**/*.test.ts"],
    },
  };
});
