// What a cell of the fleet says about an environment.

import type { AppView, EnvironmentView } from "../api/generated";
import { words } from "../words/en";
import type { Mark } from "./status";

/** The shape and word of an environment. */
export function environmentMark(environment: EnvironmentView): Mark {
  if (environment.running) return { shape: "running", word: words.status.running };
  if (!environment.current) return { shape: "pending", word: words.status.nothing };
  if (environment.current.verdict === "no_go") return { shape: "look", word: words.verdict.no_go };
  return { shape: "done", word: words.status.live };
}

/** Names of environments over all apps, each app's promotion order kept as far as they agree. */
export function columns(apps: AppView[]): string[] {
  const names: string[] = [];
  for (const app of apps) {
    let place = 0;
    for (const { name } of app.environments) {
      const known = names.indexOf(name);
      if (known >= 0) place = known + 1;
      else names.splice(place++, 0, name);
    }
  }
  return names;
}

/** What waits for a person. */
export function needs(app: AppView): string[] {
  const errors = app.problems.filter((problem) => problem.severity === "error").length;
  return [
    ...(errors > 0 ? [words.fleet.problems(errors)] : []),
    ...(app.trust && !app.trust.granted && app.trust.commands.length > 0 ? [words.fleet.untrusted] : []),
  ];
}
