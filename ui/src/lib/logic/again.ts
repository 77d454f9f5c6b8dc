// Links to what can be done with a run once more.

import type { RunState } from "../api/generated";
import { links } from "../state/router.svelte";

/** The plan that goes on where a run failed: what Build has finished is not done again. */
export function retryLink(run: RunState): string {
  return links.plan(run.request.app, {
    env: run.request.environment,
    kind: run.request.kind === "deploy" ? null : run.request.kind,
    phases: run.request.phases.length === 3 ? null : run.request.phases.join(","),
    retry: run.id,
  });
}

/** Whether going on from a run makes sense: it is over, and not because its plan was old. */
export function canRetry(run: RunState): boolean {
  return run.end !== null && !["live", "succeeded", "plan_outdated"].includes(run.end.end);
}
