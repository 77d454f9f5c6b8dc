import { describe, expect, it } from "vitest";
import type { Timeline, TimelineRow } from "../api/generated";
import { waterfallOf } from "./waterfall";

const row = (step: string, more: Partial<TimelineRow> = {}): TimelineRow => ({
  step,
  title: step,
  phase: "build",
  status: "succeeded",
  needs: [],
  ready_ms: null,
  begin_ms: null,
  end_ms: null,
  attempts: 1,
  critical: false,
  usual_ms: null,
  ...more,
});

const timeline = (rows: TimelineRow[], more: Partial<Timeline> = {}): Timeline => ({
  from: "2026-01-01T00:00:00Z",
  length_ms: 10_000,
  over: true,
  last_good: null,
  usual: null,
  waits: [],
  rows,
  ...more,
});

const START = Date.parse("2026-01-01T00:00:00Z");
const only = (picture: ReturnType<typeof waterfallOf>) => picture.lanes.flatMap((lane) => lane.bars);

describe("a waterfall", () => {
  it("puts bars where the steps were, as shares of the whole", () => {
    const picture = waterfallOf(timeline([row("a", { begin_ms: 2000, end_ms: 7000 })]), START + 99_000);
    const [a] = only(picture);
    expect(picture.length).toBe(10_000);
    expect(a?.took).toBe(5000);
    expect((a?.bar?.width ?? 0) / 100).toBeCloseTo(5000 / picture.span);
  });

  it("hatches only waits a person would notice", () => {
    const picture = waterfallOf(
      timeline([
        row("a", { ready_ms: 0, begin_ms: 3000, end_ms: 4000 }),
        row("b", { ready_ms: 4000, begin_ms: 4050, end_ms: 5000 }),
      ]),
      START,
    );
    expect(only(picture).map((bars) => bars.waited !== null)).toEqual([true, false]);
  });

  it("lets a step that runs grow with the present, and expects the next one after it", () => {
    const going = timeline(
      [
        row("a", { status: "running", begin_ms: 1000, usual_ms: 8000 }),
        row("b", { status: "pending", needs: ["a"], usual_ms: 2000 }),
      ],
      { over: false, length_ms: 2000 },
    );
    const picture = waterfallOf(going, START + 5000);
    const [a, b] = only(picture);
    expect(a?.took).toBe(4000);
    expect(b?.bar).toBeNull();
    // It will probably begin when the first one usually is done: 9 s after the beginning.
    expect(((b?.usual?.left ?? 0) / 100) * picture.span).toBeCloseTo(9000);
    expect(picture.span).toBeGreaterThanOrEqual(11_000);
  });

  it("promises nothing about steps of a run that is over", () => {
    const picture = waterfallOf(timeline([row("a", { status: "skipped", usual_ms: 500 })]), START);
    expect(only(picture)[0]?.usual).toBeNull();
  });

  it("keeps ticks round, few and inside", () => {
    for (const length of [900, 14_300, 754_000]) {
      const { ticks } = waterfallOf(timeline([], { length_ms: length }), START);
      expect(ticks.length).toBeGreaterThan(2);
      expect(ticks.length).toBeLessThan(8);
      expect(ticks.every((tick) => tick.left <= 95)).toBe(true);
    }
  });

  it("shows an open wait up to now", () => {
    const picture = waterfallOf(
      timeline([], { over: false, length_ms: 0, waits: [{ begin_ms: 500, end_ms: null, why: "ada" }] }),
      START + 4000,
    );
    expect(picture.waits[0]).toMatchObject({ ms: 3500, open: true });
  });
});
