// What the demonstration answers about the times of runs, about two runs beside each other, and about text in logs.

import type {
  LogHits,
  NamedChange,
  RunComparison,
  RunLine,
  RunState,
  RunStatus,
  StepComparison,
  Timeline,
  TimelineRow,
} from "../../api/generated";
import { plainText } from "../../logic/ansi";
import type { Params } from "../types";
import type { Story } from "./story";

const RUNS_SO_FAR = 12;

/** The time line of a story's state. */
export function timelineOf(story: Story, state: RunState, now: number, lastGood: string | null): Timeline {
  const from = Date.parse(state.created_at);
  const at = (moment: string | null) => (moment === null ? null : Date.parse(moment) - from);
  const over = state.ended_at !== null;
  const begun = state.steps.map((step) => at(step.started_at));
  const ends = new Map(state.steps.map((step) => [step.step.id, at(step.ended_at)]));
  const rows = state.steps.map((item, i): TimelineRow => {
    const needs = item.step.needs.map((need) => ends.get(need) ?? null);
    const asked = story.lease?.ms ?? 0;
    return {
      step: item.step.id,
      title: item.step.title,
      phase: item.step.phase,
      status: item.status,
      needs: item.step.needs,
      ready_ms: needs.includes(null) ? null : Math.max(asked, ...needs.map(Number)),
      begin_ms: begun[i] ?? null,
      end_ms: ends.get(item.step.id) ?? null,
      attempts: item.attempts,
      critical: false,
      usual_ms: usualOf(story, item.step.id, i),
    };
  });
  markCritical(rows);
  return {
    from: state.created_at,
    length_ms: over ? (at(state.ended_at) ?? 0) : now - from,
    over,
    rows,
    waits: waitsOf(story, state),
    usual: { length_ms: Math.round(story.pace * 10.1), runs: RUNS_SO_FAR },
    last_good: lastGood,
  };
}

function usualOf(story: Story, step: string, i: number): number {
  const weights: Record<string, number> = { package: 2.2, "unit-test": 1.6, availability: 2.4, health: 1.1 };
  return Math.round((weights[step] ?? 0.5) * story.pace * (0.9 + (i % 4) * 0.08));
}

function waitsOf(story: Story, state: RunState): Timeline["waits"] {
  if (state.waiting)
    return [{ begin_ms: 0, end_ms: null, why: `${state.waiting.actor.user} is deploying to the same place` }];
  return story.lease ? [{ begin_ms: 40, end_ms: story.lease.ms, why: story.lease.why }] : [];
}

function markCritical(rows: TimelineRow[]): void {
  const latest = (some: TimelineRow[]) =>
    some.filter((row) => row.begin_ms !== null).sort((a, b) => (b.end_ms ?? 1e12) - (a.end_ms ?? 1e12))[0];
  let row = latest(rows);
  while (row) {
    row.critical = true;
    const needs: string[] = row.needs;
    row = latest(rows.filter((other) => needs.includes(other.step)));
  }
}

/** Two runs beside each other. */
export function comparisonOf(
  run: RunState,
  other: RunState,
  line: (state: RunState) => RunLine,
): RunComparison {
  const ids = [...new Set([...run.steps, ...other.steps].map((step) => step.step.id))];
  const steps = ids.flatMap((id): StepComparison[] => {
    const here = run.steps.find((step) => step.step.id === id);
    const there = other.steps.find((step) => step.step.id === id);
    const step = (here ?? there)?.step;
    if (!step) return [];
    return [
      {
        step: id,
        title: step.title,
        phase: step.phase,
        status: here?.status ?? null,
        duration_ms: here?.duration_ms ?? null,
        with_status: there?.status ?? null,
        with_duration_ms: there?.duration_ms ?? null,
      },
    ];
  });
  return { run: line(run), with: line(other), steps, differences: DIFFERENCES };
}

const DIFFERENCES: NamedChange[] = [
  { name: "commit", before: "41d09f3c2b7a", after: "9f3c2b7a41d0" },
  { name: "LOG_LEVEL", before: "info", after: "debug" },
  { name: "REDIS_URL", before: "redis://cache:6379", after: null },
  { name: "check", before: null, after: "0 failed requests while traffic moves" },
];

/** Most lines the demonstration looks at for one question. */
const LOOK = 200_000;

/** Lines that have a text. */
export function hitsOf(
  text: string,
  from: number,
  total: number,
  limit: number,
  lineText: (line: number) => string,
): LogHits {
  const needle = text.toLowerCase();
  const lines: number[] = [];
  const end = Math.min(total, from + LOOK);
  let line = from;
  for (; line < end && lines.length < limit; line += 1)
    if (plainText(lineText(line)).toLowerCase().includes(needle)) lines.push(line);
  return { lines, next: line < total ? line : null };
}

const PEOPLE = ["ada", "grace", "linus"];
const STATUSES: RunStatus[] = ["succeeded", "succeeded", "succeeded", "failed", "succeeded", "cancelled"];

/** One of very many runs of long ago. */
function ancient(n: number): RunLine {
  const status = STATUSES[n % STATUSES.length] ?? "succeeded";
  const created = Date.now() - (5000 + n * 7) * 60_000;
  return {
    run: `0199c3a0-0000-7000-8000-${String(999_999_999 - n).padStart(12, "0")}`,
    app: ["guestbook", "notes", "sample"][n % 3] ?? "guestbook",
    environment: ["local", "staging", "prod"][n % 4] ?? null,
    kind: n % 17 === 16 ? "rollback" : "deploy",
    phases: ["build", "ship", "evaluate"],
    status,
    version: `0.${Math.floor(n / 100)}.${n % 100}`,
    actor: { user: PEOPLE[n % PEOPLE.length] ?? "ada", machine: "workbench" },
    trigger: n % 2 === 0 ? "terminal" : "window",
    created_at: new Date(created).toISOString(),
    ended_at: new Date(created + 9000 + (n % 40) * 250).toISOString(),
    proof: { sent: 2000 + (n % 900), failed: 0, slowest_ms: 60, p95_ms: 14 },
    verdict: status === "succeeded" ? "go" : null,
    reason: status === "failed" ? "The new version did not become healthy." : null,
  };
}

/** Runs a person looks for among the told ones and `more` of long ago. */
export function found(wanted: Params<"run.find">, told: RunLine[], more: number): RunLine[] {
  const limit = wanted.limit ?? 50;
  const lines: RunLine[] = [];
  let passed = !wanted.before;
  for (let i = 0; i < told.length + more && lines.length < limit; i += 1) {
    const line = told[i] ?? ancient(i - told.length);
    if (passed && fits(line, wanted)) lines.push(line);
    passed ||= line.run === wanted.before;
  }
  return lines;
}

function fits(line: RunLine, wanted: Params<"run.find">): boolean {
  const text = [line.app, line.environment, line.version, line.run.slice(-12), line.reason].join(" ");
  return (
    (!wanted.app || line.app === wanted.app) &&
    (!wanted.environment || line.environment === wanted.environment) &&
    (!wanted.statuses?.length || wanted.statuses.includes(line.status)) &&
    (!wanted.user || line.actor.user === wanted.user) &&
    (!wanted.text || text.toLowerCase().includes(wanted.text.toLowerCase()))
  );
}
