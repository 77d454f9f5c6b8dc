// What the command palette offers, as plain data.

import type { AppView, RunLine } from "../api/generated";
import { links } from "../state/router.svelte";
import { words } from "../words/en";

/** Something that can be found and opened. */
export interface Entry {
  id: string;
  kind: keyof typeof words.palette.kind;
  title: string;
  /** What stands beside it, and is searched too. */
  hint: string;
  /** Where it leads, or what it does. */
  to: string | (() => void);
}

/** Which of two that fit alike is more likely meant. */
export const WEIGHTS: Record<Entry["kind"], number> = {
  app: 6,
  place: 5,
  environment: 3,
  action: 3,
  help: 1,
  run: 0,
};

/** The places of the rail. */
export function places(): Entry[] {
  const place = (id: keyof typeof words.places & string, title: string, to: string): Entry => ({
    id: `place-${id}`,
    kind: "place",
    title,
    hint: "",
    to,
  });
  return [
    place("fleet", words.places.fleet, links.fleet),
    place("apps", words.places.apps, links.apps),
    place("runs", words.places.runs, links.runs()),
    place("releases", words.places.releases, links.releases()),
    place("environments", words.places.environments, links.environments()),
    place("evaluate", words.places.evaluate, links.evaluate),
    place("maturity", words.places.maturity, links.maturity),
    place("journal", words.places.journal, links.journal),
    place("library", words.places.library, links.library),
    place("inbox", words.places.inbox, links.inbox),
    place("settings", words.places.settings, links.settings),
    place("help", words.places.help, links.help()),
    place("welcome", words.places.welcome, links.welcome),
  ];
}

/** Apps alone, for the app switcher. */
export function appEntries(apps: readonly AppView[]): Entry[] {
  return apps.map((app) => ({
    id: `app-${app.app}`,
    kind: "app",
    title: app.app,
    hint: app.detection.kind,
    to: links.app(app.app),
  }));
}

/** Environments of an app and what can be done with them. */
export function deeds(app: AppView): Entry[] {
  const name = app.app;
  const act = words.palette.act;
  const first = app.environments[0]?.name;
  const build: Entry[] = first
    ? [
        {
          id: `build-${name}`,
          kind: "action",
          title: act.build(name),
          hint: "",
          to: links.plan(name, { env: first, phases: "build" }),
        },
      ]
    : [];
  return [
    ...build,
    ...app.environments.flatMap(({ name: env, previous, current, target }): Entry[] => [
      {
        id: `env-${name}-${env}`,
        kind: "environment",
        title: `${name} · ${env}`,
        hint: target,
        to: links.environment(name, env),
      },
      {
        id: `ship-${name}-${env}`,
        kind: "action",
        title: act.ship(name, env),
        hint: "",
        to: links.plan(name, { env }),
      },
      ...(current
        ? [
            {
              id: `evaluate-${name}-${env}`,
              kind: "action" as const,
              title: act.evaluate(name, env),
              hint: "",
              to: links.plan(name, { env, phases: "evaluate" }),
            },
          ]
        : []),
      ...(previous
        ? [
            {
              id: `rollback-${name}-${env}`,
              kind: "action" as const,
              title: act.rollback(name, env),
              hint: previous.version,
              to: links.plan(name, { env, kind: "rollback" }),
            },
          ]
        : []),
    ]),
  ];
}

/** Recent runs. */
export function runEntries(runs: readonly RunLine[]): Entry[] {
  return runs.map((run) => ({
    id: `run-${run.run}`,
    kind: "run",
    title: run.environment ? `${run.app} → ${run.environment}` : run.app,
    hint: [words.kind[run.kind], run.version, run.run.slice(-6)].filter(Boolean).join(" · "),
    to: links.run(run.run),
  }));
}
