// The fleet of the demonstration at a glance, and one that is far too large to be drawn whole.

import type {
  AppView,
  Deployed,
  EnvironmentView,
  FleetApp,
  FleetCell,
  FleetView,
  Health,
  Need,
  RunLine,
  RunStatus,
} from "../../api/generated";
import { identityOf } from "./digests";
import { counted, THREE } from "./hosts";
import { ago, fleet, RUNS } from "./world";

/** Further apps, so that the fleet looks like one. */
export function furtherApps(): AppView[] {
  const [guestbook] = fleet();
  if (!guestbook) return [];
  const make = (app: string, kind: string, versions: (string | null)[], minutes: number): AppView => ({
    ...guestbook,
    app,
    folder: `/home/ada/projects/${app}`,
    detection: { ...guestbook.detection, kind, evidence: ["Dockerfile: EXPOSE 8080"], notes: [] },
    dirty: false,
    environments: guestbook.environments.map((environment, i) =>
      environmentWith(environment, versions[i] ?? null, minutes * (i + 1), app),
    ),
  });
  return [
    make("billing", "Go project", ["3.2.0", "3.2.0", "3.1.4"], 95),
    make("docs-site", "Static site", ["2026.11.2", null, "2026.11.2"], 610),
    make("mailer", "Rust project", ["0.9.1", "0.9.0", "0.9.0"], 2900),
    make("search", "Dockerfile", ["7.0.0-rc.1", "6.4.2", "6.4.2"], 340),
  ];
}

function environmentWith(
  environment: EnvironmentView,
  version: string | null,
  minutes: number,
  app: string,
): EnvironmentView {
  return {
    ...environment,
    target: app === "mailer" && environment.production ? THREE : environment.target,
    urls: version ? [`https://${environment.production ? "" : `${environment.name}.`}${app}.example`] : [],
    current:
      version && environment.current
        ? { ...environment.current, ...identityOf(app, version), version, since: ago(minutes) }
        : null,
    previous:
      version && environment.previous
        ? { ...environment.previous, ...identityOf(app, environment.previous.version) }
        : null,
    running: null,
    halted: null,
  };
}

/** An app whose folder was just opened: nothing is shipped yet. */
export function newApp(name: string, folder: string): AppView {
  const sample = fleet().find((view) => view.app === "sample") as AppView;
  return {
    ...sample,
    app: name,
    folder,
    environments: sample.environments.map((environment) => ({
      ...environment,
      urls: [`http://${name}.localhost`],
      current: null,
      previous: null,
    })),
  };
}

interface Look {
  health?: Health;
  drift?: number;
  last?: RunStatus;
  reason?: string;
  need?: Omit<Need, "app" | "environment">;
}

/** What stands out, by app and environment. */
const LOOKS: Record<string, Look> = {
  "guestbook/staging": {
    last: "failed",
    reason: "The new version did not become healthy.",
    need: {
      kind: "failed",
      run: RUNS.failed,
      text: "Ship of 1.5.0 stopped at the health check; 1.3.2 still serves.",
      since: ago(55),
    },
  },
  "guestbook/prod": {
    last: "needs-attention",
    reason: "Docker stopped while traffic was moving.",
    need: {
      kind: "attention",
      run: RUNS.attention,
      text: "Docker stopped while traffic was moving; start it and take the run up again.",
      since: ago(1500),
    },
  },
  "search/staging": {
    drift: 2,
    need: {
      kind: "drift",
      run: null,
      text: "The live container was started by hand: its image is not the one that was shipped.",
      since: ago(26),
    },
  },
  "mailer/prod": {
    health: "fails",
    need: { kind: "down", run: null, text: "The public address answers 502.", since: ago(9) },
  },
  "billing/staging": {
    need: {
      kind: "verdict",
      run: RUNS.done,
      text: "3.2.0 waits for a person to say whether it is good to go on.",
      since: ago(180),
    },
  },
};

function cellOf(app: string, environment: EnvironmentView, left: Deployed | null): FleetCell {
  const { name, target, production, strategy, urls, current, previous, running, halted } = environment;
  const look = LOOKS[`${app}/${name}`] ?? {};
  return {
    environment: name,
    target,
    production,
    strategy,
    urls,
    current: current && look.need?.kind === "verdict" ? { ...current, verdict: null } : current,
    previous: previous?.version ?? null,
    running,
    halted,
    last: current ? lastRun(app, environment, look) : null,
    promotable: left && left.version !== current?.version ? left.version : null,
    health: look.health ?? (halted ? "stopped" : current ? "answers" : "nothing"),
    drift: look.drift ?? 0,
    seen_at: current ? ago(2) : null,
    hosts: current ? counted(environment) : null,
  };
}

function lastRun(app: string, environment: EnvironmentView, look: Look): RunLine {
  const run = look.need?.run ?? RUNS.done;
  const at = look.need?.since ?? environment.current?.since ?? ago(60);
  return {
    run,
    app,
    environment: environment.name,
    kind: "deploy",
    phases: ["build", "ship", "evaluate"],
    status: look.last ?? "succeeded",
    version: environment.current?.version ?? null,
    actor: { user: "ada", machine: "workbench" },
    trigger: "window",
    created_at: at,
    ended_at: at,
    proof: environment.current?.proof ?? null,
    verdict: "go",
    reason: look.reason ?? null,
  };
}

/** An app as the fleet shows it. */
function fleetApp(view: AppView): FleetApp {
  const errors = view.problems.filter((problem) => problem.severity === "error");
  let left: Deployed | null = null;
  return {
    app: view.app,
    folder: view.folder,
    kind: view.detection.kind,
    environments: view.environments.map((environment) => {
      const cell = cellOf(view.app, environment, left);
      left = environment.current ?? left;
      return cell;
    }),
    problem: errors.length > 0 ? `${errors.length} errors in seatrial.toml` : null,
    untrusted: Boolean(view.trust && !view.trust.granted && view.trust.commands.length > 0),
  };
}

/** The fleet at a glance. */
export function fleetView(views: AppView[], running: RunLine[]): FleetView {
  const apps = views.map(fleetApp).sort((a, b) => a.app.localeCompare(b.app));
  const needs = apps.flatMap((app): Need[] => [
    ...app.environments.flatMap(({ environment }): Need[] => {
      const need = LOOKS[`${app.app}/${environment}`]?.need;
      return need ? [{ ...need, app: app.app, environment }] : [];
    }),
    ...(app.problem
      ? [own(app, "configuration", `${app.problem}; nothing can be shipped until they are gone.`)]
      : []),
    ...(app.untrusted
      ? [own(app, "trust", "What the folder would run has to be read and trusted first.")]
      : []),
  ]);
  const order = ["attention", "down", "failed", "verdict", "drift", "configuration", "trust"];
  return { apps, running, needs: needs.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind)) };
}

/** A key for an environment of an app. */
export const placeKey = ({ app, environment }: { app: string; environment?: string | null }) =>
  `${app}/${environment ?? ""}`;

/** The same fleet when only some of its environments were looked at. */
export function unseenBut(looked: ReadonlySet<string>, view: FleetView): FleetView {
  const seen = (app: string, environment: string) => looked.has(placeKey({ app, environment }));
  const apps = view.apps.map((app) => ({
    ...app,
    environments: app.environments.map((cell): FleetCell =>
      seen(app.app, cell.environment) || !cell.current
        ? cell
        : { ...cell, health: "unknown", drift: 0, seen_at: null },
    ),
  }));
  const needs = view.needs.filter(
    ({ kind, app, environment }) => !["drift", "down"].includes(kind) || seen(app, environment ?? ""),
  );
  return { ...view, apps, needs };
}

function own(app: FleetApp, kind: Need["kind"], text: string): Need {
  return { kind, app: app.app, environment: null, run: null, text, since: null };
}

const three = (n: number, digits: number) => String(n).padStart(digits, "0");

/** 500 apps in 50 environments; what stands at a place follows from its numbers. */
export function hugeApps(): AppView[] {
  const [guestbook] = fleet();
  const pattern = guestbook?.environments[0];
  if (!guestbook || !pattern) return [];
  return Array.from({ length: 500 }, (_, i) => ({
    ...guestbook,
    app: `app-${three(i + 1, 3)}`,
    folder: `/srv/apps/app-${three(i + 1, 3)}`,
    environments: Array.from({ length: 50 }, (_, j) => ({
      ...environmentWith(
        pattern,
        (i + j) % 7 === 6 ? null : `${1 + (i % 9)}.${50 - j}.${i % 10}`,
        20 + ((i * 31 + j * 97) % 9000),
        `app-${three(i + 1, 3)}`,
      ),
      name: `env-${three(j + 1, 2)}`,
      production: j === 49,
    })),
  }));
}
