import { describe, expect, it } from "vitest";
import { CODES, type End, type RunStatus, type StepStatus } from "../api/generated";
import { tell } from "../backend/fake/story";
import { fleet, planFor } from "../backend/fake/world";
import { ERRORS } from "../words/errors";
import { environmentMark } from "./cells";
import { diffLines } from "./diff";
import { byLane } from "./lanes";
import { forUsers } from "./meaning";
import { problemLine } from "./report";
import { runMark, stepMark } from "./status";
import { age, count, duration } from "./time";

const guestbook = () => fleet()[0] as ReturnType<typeof fleet>[number];
const plan = () => planFor({ app: "guestbook", kind: "deploy", environment: "local" }, guestbook());
const story = () => ({ run: "r", plan: plan(), createdAt: 0, pace: 100, end: { end: "live" } as const });

describe("every error code", () => {
  it.each([...CODES, "disconnected"] as const)("%s has a severity, a title and a next action", (code) => {
    expect(ERRORS[code].title.length).toBeGreaterThan(4);
    expect(ERRORS[code].next.length).toBeGreaterThan(20);
  });
});

describe("a status", () => {
  const runs: [RunStatus, string][] = [
    ["queued", "pending"],
    ["waiting", "waiting"],
    ["running", "running"],
    ["undoing", "running"],
    ["succeeded", "done"],
    ["failed", "failed"],
    ["cancelled", "skipped"],
    ["needs-attention", "look"],
  ];
  it.each(runs)("of a run, %s, has the shape %s and a word", (status, shape) => {
    expect(runMark(status).shape).toBe(shape);
    expect(runMark(status).word).not.toBe("");
  });

  it("of a step that was taken back is not shown as done", () => {
    expect(stepMark("undone").shape).toBe("skipped");
  });

  it("that a newer program invents is shown as unknown, never as fine", () => {
    expect(stepMark("levitating" as StepStatus).shape).toBe("unknown");
  });

  it("of an environment with a no-go is not shown as live and well", () => {
    const environment = guestbook().environments[1] as ReturnType<
      typeof fleet
    >[number]["environments"][number];
    const current = {
      ...(environment.current as NonNullable<typeof environment.current>),
      verdict: "no_go" as const,
    };
    expect(environmentMark({ ...environment, current }).shape).toBe("look");
  });
});

describe("what a failure means for users", () => {
  it("is that the version before still serves, when nothing was changed", () => {
    const run = { ...tell(story(), 10_000), end: { end: "failed_clean", reason: "x" } as const };
    expect(forUsers(run)).toContain("1.4.0 still serves");
  });

  it("is that the version before was put back, after a rollback", () => {
    const run = { ...tell(story(), 10_000), end: { end: "rolled_back", reason: "x" } as const };
    expect(forUsers(run)).toContain("1.4.0 was put back");
  });

  it("is nothing, when only Build was asked for", () => {
    const build = planFor({ app: "guestbook", kind: "deploy", phases: ["build"] }, guestbook());
    const run = {
      ...tell({ ...story(), plan: build }, 10_000),
      end: { end: "failed_clean", reason: "x" } as const,
    };
    expect(forUsers(run)).toContain("no environment was touched");
  });

  it("is not claimed when a person has to look", () => {
    const end: End = { end: "needs_attention", reason: "x", choices: [] };
    const run = { ...tell(story(), 10_000), end };
    expect(forUsers(run)).toBeNull();
  });
});

describe("the lanes of a plan", () => {
  it("stay in their places even when one is empty", () => {
    const lanes = byLane(
      plan().steps.filter((step) => step.phase === "ship"),
      (step) => step.phase,
    );
    expect(lanes.map((lane) => [lane.phase, lane.items.length > 0])).toEqual([
      ["build", false],
      ["ship", true],
      ["evaluate", false],
    ]);
  });
});

describe("small words", () => {
  it("tell durations, ages and counts as people read them", () => {
    expect([340, 4230, 65_000, 7_440_000].map(duration)).toEqual([
      "340 ms",
      "4.2 s",
      "1 min 05 s",
      "2 h 04 min",
    ]);
    expect(age("2026-01-01T00:00:00Z", Date.parse("2026-01-01T03:00:00Z"))).toBe("3 h ago");
    expect([0, 999, 3412, 1_000_000].map(count)).toEqual(["0", "999", "3,412", "1,000,000"]);
  });

  it("print a problem as a compiler does", () => {
    const problem = {
      severity: "error",
      file: "seatrial.toml",
      line: 3,
      column: 7,
      message: "unknown key `x`",
      hint: "did you mean `y`?",
    } as const;
    expect(problemLine(problem)).toBe("seatrial.toml:3:7: error: unknown key `x`\n  hint: did you mean `y`?");
  });

  it("know what a line of a diff is", () => {
    expect(diffLines("--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n z\n").map((line) => line.kind)).toEqual([
      "file",
      "file",
      "place",
      "removed",
      "added",
      "same",
    ]);
  });
});
