// Objects as text for a clipboard.

import type { ApiError, Fact, Problem, RunState } from "../api/generated";
import { words } from "../words/en";
import { ERRORS, type ErrorCode } from "../words/errors";
import { bytes } from "./bytes";
import { runMark, stepMark } from "./status";
import { duration, shortDigest } from "./time";

/** A fact in one line. */
export function factLine(fact: Fact): string {
  switch (fact.fact) {
    case "version":
      return words.fact.version(fact.version, fact.reason);
    case "artifact":
      return words.fact.artifact(fact.artifact.reference, shortDigest(fact.artifact.digest));
    case "release":
      return words.fact.release(fact.release.version);
    case "transferred":
      return words.fact.transferred(fact.moved, fact.there, bytes(fact.bytes));
    case "job-ended":
      return words.fact.jobEnded(fact.job, fact.status);
    case "launched":
      return words.fact.launched(fact.slot, fact.container.slice(0, 12));
    case "healthy":
      return words.fact.healthy(fact.slot, fact.after_ms);
    case "switched":
      return words.fact.switched(fact.from ?? null, fact.to ?? null);
    case "drained":
      return words.fact.drained(fact.slot, fact.left);
    case "proof":
      return words.proof.sentence(fact.totals.failed, fact.totals.sent);
    case "already-done":
      return words.fact.already(fact.seen);
    case "note":
      return fact.text;
  }
}

/** A problem as a compiler prints it. */
export function problemLine(problem: Problem): string {
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  const hint = problem.hint ? `\n  ${words.problems.hint}: ${problem.hint}` : "";
  return `${place}: ${words.problems[problem.severity]}: ${problem.message}${hint}`;
}

/** An error with all it knows. */
export function errorReport(code: ErrorCode, error: Omit<ApiError, "code">): string {
  return [
    `${words.common.reportTitle}: ${ERRORS[code].title} (${code})`,
    error.message,
    ...error.hints.map((hint) => `→ ${hint}`),
    ...error.problems.map(problemLine),
    ...(error.run ? [`run ${error.run}`] : []),
    ...(error.detail ? ["", error.detail] : []),
  ].join("\n");
}

/** A run as text. */
export function runReport(run: RunState): string {
  const failed = run.steps.find((step) => step.failure);
  return [
    `${words.common.reportTitle}: ${run.summary.headline}`,
    `run ${run.id}: ${runMark(run.status).word}`,
    ...run.steps.map((step) => {
      const time = step.duration_ms === null ? "" : ` (${duration(step.duration_ms)})`;
      return `  [${stepMark(step.status).word}] ${step.step.title}${time}`;
    }),
    ...(run.proof ? [words.proof.sentence(run.proof.failed, run.proof.sent)] : []),
    ...(run.verdict ? [`${words.run.verdict}: ${words.verdict[run.verdict]}`] : []),
    ...(failed?.failure
      ? [
          `${words.run.failure(failed.step.title)}: ${failed.failure.message}`,
          ...failed.failure.hints.map((hint) => `→ ${hint}`),
          ...(failed.failure.detail ? ["", failed.failure.detail] : []),
        ]
      : []),
  ].join("\n");
}
