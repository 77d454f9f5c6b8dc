// What runs beside the apps of the demonstration.

import type { AppView } from "../../api/generated";

/** The names of an app's workers. */
export function workersOf(view: AppView): string[] {
  return view.app === "ledger" ? ["statements", "imports"] : [];
}
