// A run as a story: what its state is after so many milliseconds. Only demonstrations and tests have this; real runs
// are folded from events by the program.

import type {
  Actor,
  End,
  Fact,
  Failure,
  Plan,
  RunState,
  Step,
  StepState,
  StepStatus,
  Trigger,
  Verdict,
  Wait,
} from "../../api/generated";
import { digest, release } from "./world";

/** How a demonstration run goes. */
export interface Story {
  run: string;
  plan: Plan;
  createdAt: number;
  /** Milliseconds each step takes. */
  pace: number;
  /** The step that fails, and why. */
  fails?: { step: string; failure: Failure };
  /** How it ends. */
  end: End;
  verdict?: Verdict;
  note?: string;
  trigger?: Trigger;
  wait?: Wait;
  /** When a person asked to stop. */
  cancelledAt?: number;
  /** Who asked, when it was somebody else. */
  actor?: Actor;
  /** How long it waited for another run before it began, and for whom. */
  lease?: { ms: number; why: string };
  /** Steps that took longer than usual, and how many times as long. */
  slow?: Record<string, number>;
  /** Steps that were tried more than once. */
  attempts?: Record<string, number>;
  /** Requests that were lost. */
  lost?: number;
}

const ACTOR = { user: "ada", machine: "workbench" };

/** How long each step takes, in paces. */
const WEIGHTS: Record<string, number> = {
  lint: 0.6,
  "unit-test": 1.6,
  version: 0.3,
  package: 2.2,
  release: 0.2,
  preflight: 0.4,
  proxy: 0.2,
  hold: 0.5,
  launch: 0.7,
  start: 0.7,
  health: 1.4,
  verify: 0.4,
  switch: 0.3,
  drain: 1.1,
  stop: 0.5,
  availability: 2.4,
  judge: 0.2,
};
const GAP = 0.08;
const UNDO = 0.8;

/** When a step begins and ends, in milliseconds after the run was asked for. */
export interface Scheduled {
  begin: number;
  end: number;
}

/** When the steps of a story are done: each as soon as what it needs is. */
export function schedule(story: Story): Map<string, Scheduled> {
  const times = new Map<string, Scheduled>();
  const asked = story.lease?.ms ?? 0;
  for (const step of story.plan.steps) {
    const ready = Math.max(asked, ...step.needs.map((need) => times.get(need)?.end ?? 0));
    const begin = Math.round(ready + GAP * story.pace);
    const slow = story.slow?.[step.id] ?? 1;
    times.set(step.id, { begin, end: Math.round(begin + (WEIGHTS[step.id] ?? 0.6) * slow * story.pace) });
  }
  return times;
}

/** When a story is over, in milliseconds after it was asked for. */
function lengthOf(story: Story, times: Map<string, Scheduled>): number {
  if (story.cancelledAt !== undefined) return story.cancelledAt - story.createdAt;
  if (story.fails) return (times.get(story.fails.step)?.end ?? 0) + UNDO * story.pace;
  return Math.max(0, ...[...times.values()].map((time) => time.end));
}

/** The state of a story at a time. */
export function tell(story: Story, now: number): RunState {
  const elapsed = story.wait ? 0 : (story.cancelledAt ?? now) - story.createdAt;
  const times = schedule(story);
  const length = lengthOf(story, times);
  const over = story.cancelledAt !== undefined || (!story.wait && elapsed >= length);
  const steps = story.plan.steps.map((step) => stepAt(story, step, times, elapsed, over));
  // A run that is over stays as it ended.
  const lasted = Math.min(elapsed, length);
  const shipped = story.plan.request.phases.includes("ship");
  const switched = steps.some((s) => s.step.id === "switch" && s.status === "succeeded");
  const end: End | null = !over ? null : story.cancelledAt === undefined ? story.end : { end: "cancelled" };
  const evaluated =
    over && !story.fails && !story.cancelledAt && story.plan.request.phases.includes("evaluate");
  const begun = steps.find((s) => s.step.phase === "ship" && s.started_at);
  const probed = begun?.started_at ? lasted - (Date.parse(begun.started_at) - story.createdAt) : 0;
  const undoing = !over && steps.some((s) => s.status === "failed");
  const first = story.lease?.ms ?? 40;
  return {
    id: story.run,
    seq: Math.floor(lasted / 100) + 1,
    request: story.plan.request,
    fingerprint: story.plan.fingerprint,
    summary: story.plan.summary,
    actor: story.actor ?? ACTOR,
    trigger: story.trigger ?? "window",
    status: story.wait ? "waiting" : end ? STATUS[end.end] : undoing ? "undoing" : "running",
    steps,
    waiting: story.wait ?? null,
    waited_ms: story.lease?.ms ?? 0,
    waiting_since: story.wait ? new Date(story.createdAt).toISOString() : null,
    worker: { pid: 4711, started: 1, boot: "b" },
    cancel_requested: story.cancelledAt !== undefined,
    version: steps.some((s) => s.step.id === "version" && s.status === "succeeded")
      ? "1.5.0"
      : story.plan.version,
    release: null,
    live: switched ? (story.plan.summary.traffic?.to ?? null) : null,
    proof:
      shipped && probed > 0
        ? {
            sent: Math.floor(probed / 4),
            failed: Math.min(story.lost ?? 0, Math.floor(probed / 900)),
            slowest_ms: 48,
            p95_ms: 12,
          }
        : null,
    findings: evaluated
      ? [
          { subject: "smoke", result: "pass", blocking: true, evidence: "/ answered 200 in 4 ms" },
          {
            subject: "availability",
            result: "pass",
            blocking: true,
            evidence: "0 of 200 requests failed (limit 0)",
          },
          { subject: "latency", result: "pass", blocking: false, evidence: "p95 12 ms (limit 500 ms)" },
        ]
      : [],
    verdict: evaluated || story.note !== undefined ? (story.verdict ?? null) : null,
    decided_by: decidedBy(story, evaluated),
    reasons: evaluated
      ? ["smoke: / answered 200 in 4 ms", "availability: 0 of 200 requests failed (limit 0)"]
      : [],
    note: story.note ?? null,
    undo_reason: null,
    end,
    created_at: new Date(story.createdAt).toISOString(),
    started_at: story.wait ? null : new Date(story.createdAt + first).toISOString(),
    ended_at: over ? new Date(story.createdAt + length).toISOString() : null,
  };
}

function decidedBy(story: Story, evaluated: boolean): RunState["decided_by"] {
  if (story.note !== undefined) return { by: "person", actor: ACTOR };
  return evaluated ? { by: "policy" } : null;
}

const STATUS = {
  succeeded: "succeeded",
  live: "succeeded",
  rolled_back: "failed",
  failed_clean: "failed",
  plan_outdated: "failed",
  taken_over: "failed",
  cancelled: "cancelled",
  needs_attention: "needs-attention",
} as const;

function statusAt(story: Story, step: Step, { begin, end }: Scheduled, elapsed: number): StepStatus {
  const cancelled = story.cancelledAt !== undefined;
  if (story.wait) return "pending";
  if (elapsed >= end) return story.fails?.step === step.id ? "failed" : "succeeded";
  if (elapsed >= begin) return cancelled ? "cancelled" : "running";
  return cancelled ? "skipped" : "pending";
}

function stepAt(
  story: Story,
  step: Step,
  times: Map<string, Scheduled>,
  elapsed: number,
  over: boolean,
): StepState {
  const time = times.get(step.id) as Scheduled;
  const failedAt = story.fails ? (times.get(story.fails.step)?.end ?? Infinity) : Infinity;
  let status = statusAt(story, step, time, elapsed);
  if (time.begin >= failedAt && !story.wait) status = elapsed >= failedAt ? "skipped" : "pending";
  const ended = status === "succeeded" || status === "failed";
  if (status === "succeeded" && over && story.end.end === "failed_clean" && story.fails && step.undo)
    status = "undone";
  const begun = ended || status === "running" || status === "cancelled";
  const duration = time.end - time.begin;
  return {
    step,
    status,
    attempts: begun ? (story.attempts?.[step.id] ?? 1) : 0,
    started_at: begun ? new Date(story.createdAt + time.begin).toISOString() : null,
    ended_at: ended ? new Date(story.createdAt + time.end).toISOString() : null,
    duration_ms: ended ? duration : null,
    progress: status === "running" ? progressOf(step.id, (elapsed - time.begin) / duration) : null,
    facts: status === "succeeded" ? factsOf(step, story, duration) : [],
    failure: status === "failed" ? (story.fails?.failure ?? null) : null,
    skipped: status === "skipped" ? (story.cancelledAt === undefined ? "need-failed" : "cancelled") : null,
  };
}

function progressOf(step: string, share: number): StepState["progress"] {
  if (step === "package") return { text: "COPY . /app", done: Math.floor(share * 9), total: 9 };
  if (step === "unit-test")
    return { text: "tests/test_entries.py", done: Math.floor(share * 128), total: 128 };
  if (step === "availability") return { text: "watching", done: Math.floor(share * 200), total: 200 };
  return null;
}

function factsOf(step: Step, story: Story, duration: number): Fact[] {
  const traffic = story.plan.summary.traffic;
  const slot = traffic?.to ?? "green";
  switch (step.id) {
    case "version":
      return [{ fact: "version", version: "1.5.0", reason: "1 feature since v1.4.0" }];
    case "package":
      return [
        {
          fact: "artifact",
          artifact: {
            kind: "image",
            digest: digest("a"),
            reference: "seatrial/guestbook:1.5.0",
            size: 48_000_000,
          },
        },
      ];
    case "release":
      return [{ fact: "release", release: release("1.5.0", 1) }];
    case "launch":
      return [{ fact: "launched", slot, container: "5f2ab9c01d77e0", image: digest("a") }];
    case "health":
    case "start":
      return [{ fact: "healthy", slot, after_ms: duration }];
    case "proxy":
      return [{ fact: "already-done", seen: "the proxy runs and answers on ports 80 and 443" }];
    case "hold":
      return [{ fact: "switched", from: traffic?.from ?? null, to: null }];
    case "switch":
      return [{ fact: "switched", from: traffic?.from ?? null, to: slot }];
    case "drain":
      return [{ fact: "drained", slot: traffic?.from ?? "blue", left: 0 }];
    default:
      return [];
  }
}
