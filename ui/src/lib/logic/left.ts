// What stopping a run would leave behind, from what its steps have done so far. Only words are found here; what is
// taken back is decided by the program.

import type { RunState, StepState } from "../api/generated";
import { words } from "../words/en";
import { liveBefore } from "./meaning";
import { shortDigest } from "./time";

/** What a person reads before stopping. */
export interface LeftBehind {
  /** Steps of Ship that have begun, newest first: what becomes of each. */
  ship: { title: string; takenBack: boolean }[];
  /** What Build has made that stays. */
  build: string[];
  /** What visitors will notice. */
  visitors: string;
}

/** What stopping now means. */
export function leftBehind(run: RunState): LeftBehind {
  const begun = run.steps.filter((item) => item.attempts > 0 && item.status !== "undone");
  return {
    ship: begun
      .filter((item) => item.step.phase === "ship")
      .map((item) => ({ title: item.step.title, takenBack: item.step.undo !== null }))
      .reverse(),
    build: begun.flatMap(madeBy),
    visitors: visitorsOf(run),
  };
}

function madeBy(item: StepState): string[] {
  return item.facts.flatMap((fact) => {
    if (fact.fact === "artifact")
      return [words.fact.artifact(fact.artifact.reference, shortDigest(fact.artifact.digest))];
    return fact.fact === "release" ? [words.fact.release(fact.release.version)] : [];
  });
}

function visitorsOf(run: RunState): string {
  if (!run.request.phases.includes("ship")) return words.stop.none;
  const before = liveBefore(run.summary)?.version;
  if (!before) return words.stop.away;
  const last = run.steps.flatMap((item) => item.facts).findLast((fact) => fact.fact === "switched");
  if (last?.fact !== "switched") return words.stop.served(before);
  if (last.to === null) return words.stop.held(before);
  return words.stop.back(run.version ?? words.traffic.thisBuild, before);
}
