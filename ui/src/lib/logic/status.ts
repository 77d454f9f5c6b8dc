// Status → shape and word. The status itself always comes from the program.

import type { CheckState, FindingResult, RunStatus, StepStatus, Verdict } from "../api/generated";
import { words } from "../words/en";

/** The shapes of the visual language; each also has a colour and always stands beside its word. */
export type Shape = "done" | "failed" | "running" | "waiting" | "look" | "skipped" | "unknown" | "pending";

/** How something is shown. */
export interface Mark {
  shape: Shape;
  word: string;
}

const RUN: Record<RunStatus, Mark> = {
  queued: { shape: "pending", word: words.status.queued },
  waiting: { shape: "waiting", word: words.status.waiting },
  running: { shape: "running", word: words.status.running },
  undoing: { shape: "running", word: words.status.undoing },
  succeeded: { shape: "done", word: words.status.done },
  failed: { shape: "failed", word: words.status.failed },
  cancelled: { shape: "skipped", word: words.status.cancelled },
  "needs-attention": { shape: "look", word: words.status.look },
};

const STEP: Record<StepStatus, Mark> = {
  pending: { shape: "pending", word: words.status.pending },
  running: { shape: "running", word: words.status.running },
  succeeded: { shape: "done", word: words.status.done },
  failed: { shape: "failed", word: words.status.failed },
  cancelled: { shape: "skipped", word: words.status.cancelled },
  skipped: { shape: "skipped", word: words.status.skipped },
  undone: { shape: "skipped", word: words.status.undone },
};

const CHECK: Record<CheckState, Mark> = {
  ok: { shape: "done", word: words.check.ok },
  warning: { shape: "look", word: words.check.warning },
  failed: { shape: "failed", word: words.check.failed },
};

const FINDING: Record<FindingResult, Mark> = {
  pass: { shape: "done", word: words.finding.pass },
  fail: { shape: "failed", word: words.finding.fail },
  inconclusive: { shape: "unknown", word: words.finding.inconclusive },
};

const VERDICT: Record<Verdict, Mark> = {
  go: { shape: "done", word: words.verdict.go },
  no_go: { shape: "failed", word: words.verdict.no_go },
  inconclusive: { shape: "unknown", word: words.verdict.inconclusive },
};

/** A status this page does not know (a newer program) is shown as unknown, never as fine. */
const UNKNOWN: Mark = { shape: "unknown", word: words.status.unknown };

export const runMark = (status: RunStatus): Mark => RUN[status] ?? UNKNOWN;
export const stepMark = (status: StepStatus): Mark => STEP[status] ?? UNKNOWN;
export const checkMark = (state: CheckState): Mark => CHECK[state] ?? UNKNOWN;
export const findingMark = (result: FindingResult): Mark => FINDING[result] ?? UNKNOWN;
export const verdictMark = (verdict: Verdict): Mark => VERDICT[verdict] ?? UNKNOWN;

/** Whether nothing further happens by itself. */
export function isOver(status: RunStatus): boolean {
  return ["succeeded", "failed", "cancelled", "needs-attention"].includes(status);
}
