// The time line of a run as bars: pure arithmetic over what the program measured.

import type { Phase, StepId, Timeline, TimelineRow } from "../api/generated";
import { LANES } from "./lanes";

/** A part of the track, in percent of its width. */
export interface Part {
  left: number;
  width: number;
}

/** A step's bars. */
export interface Bars {
  row: TimelineRow;
  /** From its beginning to its end, or to now. */
  bar: Part | null;
  /** From when it could have begun to its beginning. */
  waited: Part | null;
  /** How long it usually takes, from its beginning or from where it will probably begin. */
  usual: Part | null;
  /** Its time so far, in milliseconds. */
  took: number | null;
}

/** A time in which the whole run waited. */
export interface WaitBar {
  part: Part;
  why: string;
  ms: number;
  open: boolean;
}

/** The picture. */
export interface Waterfall {
  /** What the whole width stands for, in milliseconds. */
  span: number;
  /** How long the run took so far. */
  length: number;
  ticks: { left: number; ms: number }[];
  lanes: { phase: Phase; bars: Bars[] }[];
  waits: WaitBar[];
}

const TICKS = 5;
// Shorter pauses are the walk from one step to the next, not a wait.
const WAIT_MS = 100;

/** Lays a time line out; `now` is the present in milliseconds since 1970 and only moves what goes on. */
export function waterfallOf(timeline: Timeline, now: number): Waterfall {
  const length = timeline.over
    ? timeline.length_ms
    : Math.max(timeline.length_ms, now - Date.parse(timeline.from));
  const expected = expectations(timeline, length);
  const ends = timeline.over ? [] : [...expected.values()].map((time) => time.end);
  const span = Math.max(1, length, ...ends) * 1.02;
  const part = (from: number, to: number): Part => ({
    left: (from / span) * 100,
    width: (Math.max(0, to - from) / span) * 100,
  });
  const bars = timeline.rows.map((row) => barsOf(row, expected.get(row.step)?.begin ?? null, length, part));
  return {
    span,
    length,
    ticks: ticksOf(span),
    lanes: LANES.map((phase) => ({ phase, bars: bars.filter((b) => b.row.phase === phase) })).filter(
      (lane) => lane.bars.length > 0,
    ),
    waits: timeline.waits.map((wait) => {
      const end = wait.end_ms ?? length;
      return {
        part: part(wait.begin_ms, end),
        why: wait.why,
        ms: end - wait.begin_ms,
        open: wait.end_ms === null,
      };
    }),
  };
}

function barsOf(
  row: TimelineRow,
  expected: number | null,
  length: number,
  part: (from: number, to: number) => Part,
): Bars {
  const end = row.begin_ms === null ? null : (row.end_ms ?? (row.status === "running" ? length : null));
  const begin = row.begin_ms ?? expected;
  const waited = row.ready_ms !== null && row.begin_ms !== null && row.begin_ms - row.ready_ms > WAIT_MS;
  return {
    row,
    bar: row.begin_ms === null || end === null ? null : part(row.begin_ms, end),
    waited: waited ? part(Number(row.ready_ms), Number(row.begin_ms)) : null,
    usual: row.usual_ms === null || begin === null ? null : part(begin, begin + row.usual_ms),
    took: row.begin_ms === null || end === null ? null : end - row.begin_ms,
  };
}

/** When each step that is not over will probably begin and end, by what is usual. Nothing is expected of a run that is over. */
function expectations(
  timeline: Timeline,
  length: number,
): Map<StepId, { begin: number | null; end: number }> {
  const times = new Map<StepId, { begin: number | null; end: number }>();
  if (timeline.over) return times;
  for (const row of timeline.rows) {
    const needs = row.needs.map((need) => times.get(need)?.end ?? 0);
    const begin = row.begin_ms ?? Math.max(length, ...needs);
    const end = row.end_ms ?? Math.max(length, begin + (row.usual_ms ?? 0));
    times.set(row.step, { begin: row.status === "pending" ? begin : row.begin_ms, end });
  }
  return times;
}

/** Round times along the top: about five, never crowded. */
function ticksOf(span: number): { left: number; ms: number }[] {
  const raw = span / TICKS;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, raw)));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw) ?? raw;
  const ticks = [];
  for (let ms = 0; ms <= span * 0.95; ms += step) ticks.push({ left: (ms / span) * 100, ms });
  return ticks;
}
