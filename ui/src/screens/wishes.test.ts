// What is wished outside of the page: by the window's menu, a link, the tray.

import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import App from "../App.svelte";
import { FakeBackend } from "../lib/backend/fake";
import { Session } from "../lib/state/session.svelte";
import { Theme } from "../lib/state/theme.svelte";

beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => undefined }));
  // jsdom has dialogs without their methods.
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function open() {
  location.hash = "#/";
  const backend = new FakeBackend();
  const painted = vi.spyOn(backend, "painted");
  const theme = new Theme();
  theme.enlarge(100);
  render(App, { props: { session: new Session(backend), theme } });
  await screen.findByTestId("ready");
  return { backend, painted, theme };
}

it("the window is told once that the page can be seen", async () => {
  const { painted } = await open();
  expect(painted).toHaveBeenCalledTimes(1);
});

it("a place is gone to and a folder is opened, and nothing is shipped by it", async () => {
  const { backend } = await open();
  backend.wish({ wish: "go", link: "#/runs" });
  await waitFor(() => expect(location.hash).toBe("#/runs"));
  backend.wish({ wish: "open", folder: "/home/ada/projects/diary" });
  await waitFor(() => expect(location.hash).toMatch(/^#\/app\/diary/));
  expect(backend.calls.map((call) => call.command)).not.toContain("run.start");
});

it("the menu makes everything larger, smaller and usual again", async () => {
  const { backend, theme } = await open();
  backend.wish({ wish: "zoom", step: 1 });
  expect(theme.zoom).toBe(110);
  backend.wish({ wish: "zoom", step: -1 });
  backend.wish({ wish: "zoom", step: -1 });
  expect(theme.zoom).toBe(90);
  backend.wish({ wish: "zoom", step: 0 });
  expect(theme.zoom).toBe(100);
});

it("the menu shows the keys", async () => {
  const { backend } = await open();
  backend.wish({ wish: "keys" });
  expect(await screen.findByRole("dialog")).toBeInTheDocument();
});
