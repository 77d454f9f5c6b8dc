// What a run's end means for the people using the app. The end is the program's; only the words are found here.

import type { PlanSummary, RunState, SlotView } from "../api/generated";
import { words } from "../words/en";

/** The version that was live before, as the plan saw it. */
export function liveBefore(summary: PlanSummary): SlotView | undefined {
  if (summary.hosts) {
    const host = summary.hosts.hosts.find((one) => one.live !== null);
    return host?.before.find((view) => view.slot === host.live);
  }
  const from = summary.traffic?.from;
  return (
    summary.before.find((view) => view.slot === from) ?? summary.before.find((view) => view.role === "live")
  );
}

/** What it means for users, in a sentence; null when the run did not end badly. */
export function forUsers(run: RunState): string | null {
  const before = liveBefore(run.summary)?.version;
  const ships = run.request.phases.includes("ship");
  switch (run.end?.end) {
    case "failed_clean":
    case "cancelled":
    case "plan_outdated":
      if (!ships) return words.run.notTouched;
      return before ? words.run.stillServes(before) : words.run.nothingServes;
    case "rolled_back":
      return before ? words.run.putBack(before) : words.run.nothingServes;
    case "taken_over":
      return words.run.takenOver(`${run.end.by.user}@${run.end.by.machine}`);
    case undefined:
      return run.status === "undoing" ? words.run.beingTakenBack : null;
    default:
      return null;
  }
}

/** Why a run did not end as asked. */
export function endReason(run: RunState): string | null {
  const end = run.end;
  return end && "reason" in end ? end.reason : null;
}
