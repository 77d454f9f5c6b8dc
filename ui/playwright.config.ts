import { defineConfig } from "@playwright/test";

// Two checkouts on one machine can be tested at once with a port for each.
const address = `http://127.0.0.1:${process.env["SEATRIAL_DEMO_PORT"] ?? "4173"}`;

export default defineConfig({
  testDir: "tests",
  testMatch: "*.spec.ts",
  forbidOnly: Boolean(process.env["CI"]),
  fullyParallel: true,
  workers: 2,
  reporter: "list",
  // A machine that also builds and deploys is slow at times.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  webServer: {
    command: "npm run build:demo && npm run preview:demo",
    url: address,
    reuseExistingServer: false,
    timeout: 120_000,
  },
  use: {
    baseURL: address,
    contextOptions: { reducedMotion: "reduce" },
    viewport: { width: 1180, height: 760 },
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    },
    trace: "retain-on-failure",
  },
});
