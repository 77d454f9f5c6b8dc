// Steps by phase, in the plan's order.

import type { Phase, Step } from "../api/generated";

/** The three lanes, always in this order. */
export const LANES: readonly Phase[] = ["build", "ship", "evaluate"];

/** Items of each lane; lanes without any are kept, so that places never move. */
export function byLane<T>(items: readonly T[], phase: (item: T) => Phase): { phase: Phase; items: T[] }[] {
  return LANES.map((lane) => ({ phase: lane, items: items.filter((item) => phase(item) === lane) }));
}

/** What a step's action does, where the title does not say it: the command. */
export function commandOf(step: Step): string | null {
  return step.action.do === "run" ? step.action.command : null;
}
