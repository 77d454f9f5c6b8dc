import { describe, expect, it } from "vitest";
import type { FleetApp, FleetCell } from "../api/generated";
import { cellMark, columns, filtered, leftOf, lines, merged } from "./fleet";

const cell = (environment: string, more: Partial<FleetCell> = {}): FleetCell => ({
  environment,
  target: "docker",
  production: false,
  strategy: "blue-green",
  urls: [],
  current: null,
  previous: null,
  running: null,
  halted: null,
  last: null,
  promotable: null,
  health: "unknown",
  drift: 0,
  seen_at: null,
  hosts: null,
  ...more,
});
const live = (version: string, more: Partial<FleetCell> = {}): Partial<FleetCell> => ({
  current: {
    release: "r",
    version,
    image: "sha256:a",
    commit: null,
    dirty: false,
    run: "run",
    slot: "blue",
    since: "2026-01-01T00:00:00Z",
    proof: null,
    verdict: "go",
  },
  health: "answers",
  ...more,
});
const app = (name: string, ...environments: FleetCell[]): FleetApp => ({
  app: name,
  folder: `/home/ada/${name}`,
  kind: "Dockerfile",
  environments,
  problem: null,
  untrusted: false,
});

describe("the fleet", () => {
  it("keeps every app's promotion order in its columns", () => {
    expect(
      columns([
        app("a", cell("local"), cell("prod")),
        app("b", cell("local"), cell("staging"), cell("prod")),
      ]),
    ).toEqual(["local", "staging", "prod"]);
    expect(merged([["a", "b"], ["c"]])).toEqual(["c", "a", "b"]);
  });

  it("says the most urgent thing first, and never that something is live which does not answer", () => {
    expect(cellMark(cell("prod", live("1", { health: "fails", drift: 2 }))).shape).toBe("failed");
    expect(cellMark(cell("prod", live("1", { drift: 2 }))).shape).toBe("look");
    expect(cellMark(cell("prod", live("1", { running: "r" }))).shape).toBe("running");
    expect(cellMark(cell("prod", live("1"))).shape).toBe("done");
    expect(cellMark(cell("prod")).shape).toBe("pending");
  });

  it("calls nothing live that nobody has looked at", () => {
    expect(cellMark(cell("prod", live("1", { health: "unknown" })))).toEqual({
      shape: "unknown",
      word: "Recorded",
    });
  });

  it("calls several hosts live only when all serve what is recorded", () => {
    const on = (current: number, unreachable: number) =>
      cellMark(cell("prod", live("1", { hosts: { all: 3, current, unreachable } })));
    expect(on(3, 0)).toEqual({ shape: "done", word: "Live" });
    expect(on(2, 0)).toEqual({ shape: "look", word: "2 of 3 hosts" });
    expect(on(2, 1)).toEqual({ shape: "unknown", word: "2 of 3 hosts" });
    expect(on(1, 1)).toEqual({ shape: "look", word: "1 of 3 hosts" });
  });

  it("finds apps by every word of the filter, in versions and states too", () => {
    const apps = [app("shop", cell("prod", live("2.1.0"))), app("blog", cell("prod"))];
    expect(filtered(apps, "prod 2.1").map((a) => a.app)).toEqual(["shop"]);
    expect(filtered(apps, "live").map((a) => a.app)).toEqual(["shop"]);
    expect(filtered(apps, "nowhere")).toEqual([]);
  });

  it("puts apps that need a person into the first group", () => {
    const apps = [
      app("a", cell("prod", live("1"))),
      app("b", cell("prod")),
      app("c", cell("prod", live("1"))),
    ];
    const need = { kind: "down", app: "c", environment: "prod", run: null, text: "", since: null } as const;
    expect(lines(apps, "state", [need]).map((line) => line.id)).toEqual([
      "group needs",
      "c",
      "group live",
      "a",
      "group nothing",
      "b",
    ]);
  });

  it("promotes what stands left, over environments where nothing is", () => {
    const shop = app("shop", cell("local", live("3")), cell("staging"), cell("prod", live("1")));
    expect(leftOf(shop, "prod")?.environment).toBe("local");
    expect(leftOf(shop, "local")).toBeUndefined();
  });
});
