import { describe, expect, it } from "vitest";
import { applyLetters } from "./look";

describe("letters", () => {
  const linux = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15";
  const mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15";
  const desktop = { __TAURI_INTERNALS__: {} };

  it.each([
    ["a window on Linux", desktop, linux, "desktop"],
    ["a window elsewhere", desktop, mac, "usual"],
    ["a browser on Linux", {}, linux, "usual"],
  ])("%s", (_, window, agent, letters) => {
    applyLetters(window, agent);
    expect(document.documentElement.dataset["letters"]).toBe(letters);
  });
});
