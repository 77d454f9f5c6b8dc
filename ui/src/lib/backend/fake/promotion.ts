// A release of the demonstration that goes from one environment to the next.

import type { AppView, EnvironmentView, Promotion, PromotionParams } from "../../api/generated";
import { CallError } from "../types";
import { comparison, releasesOf } from "./releases";
import { planFor } from "./world";

function place(view: AppView, name: string | undefined): EnvironmentView {
  const found = view.environments.find((environment) => environment.name === name);
  if (found) return found;
  throw new CallError("not_found", {
    message: `${view.app} has no environment \`${name ?? ""}\`.`,
    hints: [`It has: ${view.environments.map((environment) => environment.name).join(", ")}.`],
  });
}

/** What promoting would change, and its plan. */
export function promotionOf(view: AppView, asked: PromotionParams): Promotion {
  const at = view.environments.findIndex((environment) => environment.name === asked.to);
  const to = place(view, asked.to);
  const from = place(view, asked.from ?? view.environments[at - 1]?.name);
  const version = asked.release ?? from.current?.version;
  const release = releasesOf(view).find((line) => line.version === version || line.release === version);
  if (!release)
    throw new CallError("refused", {
      message: `Nothing is live in \`${from.name}\`, so there is nothing to promote to \`${to.name}\`.`,
      hints: ["Ship there first."],
    });
  const ends = { app: view.app, from: to.current?.version ?? "", to: release.version };
  return {
    app: view.app,
    from: from.name,
    to: to.name,
    release,
    verdict: from.current?.verdict ?? null,
    replaces: to.current,
    comparison: to.current ? comparison(view, ends) : null,
    configuration: [
      { name: "LOG_LEVEL", before: "debug", after: "info" },
      { name: "secret SMTP_PASSWORD", before: null, after: "as a file" },
    ],
    infrastructure:
      from.target === to.target ? [] : [{ name: "target", before: from.target, after: to.target }],
    plan: planFor(
      {
        app: view.app,
        kind: "deploy",
        environment: to.name,
        phases: ["ship", "evaluate"],
        release: release.version,
        retry_of: null,
      },
      view,
    ),
  };
}
