// A run as a story: what its state is after so many milliseconds. Only demonstrations and tests have this; real runs
// are folded from events by the program.

import type {
  End,
  Fact,
  Failure,
  Plan,
  RunState,
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
}

const ACTOR = { user: "ada", machine: "workbench" };

/** The state of a story at a time. */
export function tell(story: Story, now: number): RunState {
  const elapsed = story.wait ? 0 : (story.cancelledAt ?? now) - story.createdAt;
  const stop = story.fails
    ? story.plan.steps.findIndex((s) => s.id === story.fails?.step)
    : story.plan.steps.length;
  const steps = story.plan.steps.map((_, i) => stepAt(story, i, stop, elapsed));
  const last = Math.min(stop, story.plan.steps.length - 1);
  const over = story.cancelledAt !== undefined || (!story.wait && elapsed >= (last + 1) * story.pace);
  // A run that is over stays as it ended.
  const lasted = Math.min(elapsed, (last + 1) * story.pace);
  const shipped = story.plan.request.phases.includes("ship");
  const switched = steps.some((s) => s.step.id === "switch" && s.status === "succeeded");
  const end: End | null = !over ? null : story.cancelledAt === undefined ? story.end : { end: "cancelled" };
  const evaluated =
    over && !story.fails && !story.cancelledAt && story.plan.request.phases.includes("evaluate");
  const launched = steps.some((s) => s.step.id === "verify" && s.status !== "pending");
  return {
    id: story.run,
    seq: Math.floor(lasted / 100) + 1,
    request: story.plan.request,
    fingerprint: story.plan.fingerprint,
    summary: story.plan.summary,
    actor: ACTOR,
    trigger: story.trigger ?? "window",
    status: story.wait ? "waiting" : !end ? "running" : STATUS[end.end],
    steps,
    waiting: story.wait ?? null,
    waited_ms: 0,
    waiting_since: story.wait ? new Date(story.createdAt).toISOString() : null,
    worker: { pid: 4711, started: 1, boot: "b" },
    cancel_requested: story.cancelledAt !== undefined,
    version: steps.some((s) => s.step.id === "version" && s.status === "succeeded") ? "1.5.0" : null,
    release: null,
    live: switched ? (story.plan.summary.traffic?.to ?? null) : null,
    proof:
      shipped && launched ? { sent: Math.floor(lasted / 4), failed: 0, slowest_ms: 48, p95_ms: 12 } : null,
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
    started_at: story.wait ? null : new Date(story.createdAt + 40).toISOString(),
    ended_at: over ? new Date(story.createdAt + (last + 1) * story.pace).toISOString() : null,
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
  cancelled: "cancelled",
  needs_attention: "needs-attention",
} as const;

function stepAt(story: Story, i: number, stop: number, elapsed: number): StepState {
  const step = story.plan.steps[i] as StepState["step"];
  const begin = i * story.pace;
  const duration = Math.round(story.pace * (0.3 + (0.6 * ((i * 37) % 10)) / 10));
  const fails = story.fails?.step === step.id;
  let status: StepStatus = "pending";
  if (story.wait) status = "pending";
  else if (i > stop) status = elapsed >= (stop + 1) * story.pace ? "skipped" : "pending";
  else if (elapsed >= begin + duration) status = fails ? "failed" : "succeeded";
  else if (elapsed >= begin) status = story.cancelledAt === undefined ? "running" : "cancelled";
  else if (story.cancelledAt !== undefined) status = "skipped";
  const ended = status === "succeeded" || status === "failed";
  if (
    status === "succeeded" &&
    story.fails &&
    story.end.end === "failed_clean" &&
    step.undo &&
    elapsed >= (stop + 1) * story.pace
  )
    status = "undone";
  const begun = ended || status === "running" || status === "cancelled";
  return {
    step,
    status,
    attempts: begun ? 1 : 0,
    started_at: begun ? new Date(story.createdAt + begin).toISOString() : null,
    ended_at: ended ? new Date(story.createdAt + begin + duration).toISOString() : null,
    duration_ms: ended ? duration : null,
    progress: status === "running" ? progressOf(step.id, (elapsed - begin) / duration) : null,
    facts: status === "succeeded" ? factsOf(step.id, duration) : [],
    failure: fails && status === "failed" ? (story.fails?.failure ?? null) : null,
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

function factsOf(step: string, duration: number): Fact[] {
  switch (step) {
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
      return [{ fact: "launched", slot: "green", container: "5f2ab9c01d77e0", image: digest("a") }];
    case "health":
      return [{ fact: "healthy", slot: "green", after_ms: duration }];
    case "proxy":
      return [{ fact: "already-done", seen: "the proxy runs and answers on ports 80 and 443" }];
    case "switch":
      return [{ fact: "switched", from: "blue", to: "green" }];
    case "drain":
      return [{ fact: "drained", slot: "blue", left: 0 }];
    default:
      return [];
  }
}
