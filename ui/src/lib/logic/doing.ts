// What a run does, in a word or two.

import type { Phase, RunKind } from "../api/generated";
import { words } from "../words/en";

/** Whether a run puts a release somewhere; the others restart, stop or start the one that is there. */
export function ships(kind: RunKind): boolean {
  return kind === "deploy" || kind === "rollback";
}

/** "Roll back", "Restart", or the phases of a deployment. */
export function doing(run: { kind: RunKind; phases: Phase[] }): string {
  if (run.kind !== "deploy") return words.kind[run.kind];
  return run.phases.map((phase) => words.phase[phase]).join(" · ");
}
