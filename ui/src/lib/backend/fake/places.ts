// Environments of the demonstration as they are seen, with their configuration and secrets.

import type {
  AppView,
  ConfigParams,
  ConfigValue,
  Difference,
  EnvironmentDetail,
  EnvironmentRef,
  EnvironmentView,
  ExplainedValue,
  LeaseHolder,
  ObservedPlace,
  Plan,
  PlanParams,
  SecretLine,
  SecretParams,
} from "../../api/generated";
import { CallError } from "../types";
import { isByHand } from "./byhand";
import { states } from "./hosts";
import { deploymentsOf } from "./releases";
import { ago, planFor } from "./world";
import { workersOf } from "./workers";

const fromFile = (line: number): ExplainedValue["origin"] => ({
  from: "file",
  file: "seatrial.toml",
  line,
  column: 1,
});

const DRIFT: Record<string, Difference[]> = {
  "guestbook staging": [
    {
      what: "live slot",
      expected: "1.3.2 in slot blue",
      seen: "1.3.1 in slot green",
      meaning: "People get another version than the history says. Deploy the one they should get.",
    },
  ],
};

/** The plan that only takes note of it. */
export function takenAsItIs(params: PlanParams, view: AppView): Plan | null {
  const place = view.environments.find(({ name }) => name === params.environment);
  const version = place?.previous?.version;
  if (!place || !version || version !== params.release || !isByHand(view.app, place.name)) return null;
  const usual = planFor(params, view);
  const slots = usual.summary.before.map((slot) => ({
    ...slot,
    role: slot.version === version ? "live" : "running, kept warm",
  }));
  const title = `See that visitors get ${version}, and write it down`;
  const steps = usual.steps.filter(({ phase, id }) => phase !== "ship" || id === "switch");
  return {
    ...usual,
    version,
    steps: steps.map((step) => (step.phase === "ship" ? { ...step, title, needs: [] } : step)),
    summary: {
      ...usual.summary,
      headline: `Take ${view.app} ${version} in ${place.name} (${place.target}) as it is`,
      before: slots,
      after: slots,
      traffic: null,
      checks: ["slot green answers through the public path", "/ answers 200 within 1 s"],
      way_back: "Nothing that is live changes.",
      notices: [
        "It was made live by hand. Nothing is started, stopped or led elsewhere: the history takes note of it.",
      ],
    },
  };
}

const UNREACHABLE: Record<string, string> = {
  "ledger staging": "`203.0.113.17` did not answer on port 22 within 10 s. What is recorded is shown below.",
};

const BUSY: Record<string, LeaseHolder> = {
  "ledger prod": {
    run: "01930000-0000-7000-8000-000000000077",
    actor: { user: "bea", machine: "desk" },
    since: ago(1),
    doing: "Deploy ledger 2.9.1 to prod",
  },
};

/** Configuration, secrets and what is seen, by environment. */
export class Places {
  #values = new Map<string, ConfigValue[]>();
  #secrets = new Map<string, SecretLine[]>();

  /** An environment in detail. */
  detail(view: AppView, { environment }: EnvironmentRef): EnvironmentDetail {
    const place = view.environments.find((e) => e.name === environment) ?? view.environments[0];
    if (!place)
      throw new CallError("not_found", {
        message: `${view.app} has no environment \`${environment ?? ""}\`.`,
        hints: ["Environments stand under `[env]` in seatrial.toml."],
      });
    const name = `${view.app} ${place.name}`;
    const unreachable = UNREACHABLE[name] ?? null;
    const hosts = states(place, observed(view, place));
    return {
      environment: place,
      declared: declared(place),
      configuration: this.#valuesOf(name),
      secrets: this.#secretsOf(name),
      observed: unreachable || hosts.length > 0 ? null : observed(view, place),
      unreachable,
      hosts,
      busy: unreachable ? null : (BUSY[name] ?? null),
      drift: unreachable ? [] : (DRIFT[name] ?? []),
      history: deploymentsOf({ ...view, environments: [place] }),
    };
  }

  /** Lists, sets or removes values. */
  configuration({ app, environment, name, value }: ConfigParams, change: boolean): ConfigValue[] {
    const place = `${app} ${environment ?? "local"}`;
    if (change) {
      const others = this.#valuesOf(place).filter((known) => known.name !== name);
      const own = value === null || value === undefined ? [] : [{ name, value, origin: "set here" }];
      this.#values.set(
        place,
        [...others, ...own].sort((a, b) => a.name.localeCompare(b.name)),
      );
    }
    return this.#valuesOf(place);
  }

  /** Lists, sets or removes secrets; their values go nowhere. */
  secrets({ app, environment, name, value }: SecretParams, change: boolean): SecretLine[] {
    const place = `${app} ${environment ?? "local"}`;
    if (change) {
      const known = this.#secretsOf(place).find((secret) => secret.name === name);
      const others = this.#secretsOf(place).filter((secret) => secret.name !== name);
      const set = value !== null && value !== undefined;
      const own = { name, set, declared: known?.declared ?? false, updated_at: set ? ago(0) : null };
      this.#secrets.set(place, own.set || own.declared ? [...others, own] : others);
    }
    return this.#secretsOf(place);
  }

  #valuesOf(place: string): ConfigValue[] {
    return (
      this.#values.get(place) ?? [
        { name: "LOG_LEVEL", value: place.endsWith("local") ? "debug" : "info", origin: "seatrial.toml:31" },
        { name: "PUBLIC_URL", value: `https://${place.split(" ")[0] ?? ""}.example`, origin: "set here" },
        { name: "WORKERS", value: "4", origin: "seatrial.toml:32" },
      ]
    );
  }

  #secretsOf(place: string): SecretLine[] {
    return (
      this.#secrets.get(place) ?? [
        { name: "DATABASE_URL", set: true, declared: true, updated_at: ago(9000) },
        { name: "SMTP_PASSWORD", set: false, declared: true, updated_at: null },
      ]
    );
  }
}

function declared(place: EnvironmentView): ExplainedValue[] {
  return [
    { path: `env.${place.name}.target`, value: place.target, origin: fromFile(28) },
    {
      path: `env.${place.name}.production`,
      value: String(place.production),
      origin: place.production ? fromFile(29) : { from: "default" },
    },
    { path: `env.${place.name}.ship.strategy`, value: place.strategy, origin: fromFile(14) },
    {
      path: `env.${place.name}.ship.port`,
      value: "8000",
      origin: { from: "detected", evidence: "Dockerfile: EXPOSE 8000" },
    },
    { path: `env.${place.name}.ship.health.path`, value: "/health", origin: fromFile(15) },
    { path: `env.${place.name}.ship.health.deadline`, value: "60s", origin: { from: "default" } },
    { path: `env.${place.name}.ship.keep_old`, value: "stopped", origin: { from: "default" } },
    { path: `env.${place.name}.ship.volumes`, value: "data:/var/lib/entries", origin: fromFile(16) },
  ];
}

type Seen = ObservedPlace["slots"][number];

function observed(view: AppView, place: EnvironmentView): ObservedPlace {
  const slots: Seen[] = [];
  const put = (deployed: EnvironmentView["current"], state: Seen["state"], slot: Seen["slot"]) => {
    if (!deployed?.image) return;
    slots.push({
      slot,
      state,
      container: `seatrial-${view.app}-${place.name}-${slot}`,
      image: deployed.image,
      version: deployed.version,
      started_at: deployed.since,
      restarts: view.app === "ledger" && place.production ? 3 : 0,
      ports: [],
      mounts: ["volume data → /var/lib/entries", "secrets → /run/secrets"],
      workers: workersOf(view).map((name) => ({
        name,
        state,
        container: `seatrial-${view.app}--${place.name}--${slot}-${name}`,
        started_at: deployed.since,
        restarts: 0,
      })),
    });
  };
  const byHand = isByHand(view.app, place.name);
  const live = place.current?.slot ?? "blue";
  const other = live === "blue" ? "green" : "blue";
  put(place.current, "running", live);
  put(place.previous, byHand ? "running" : "stopped", other);
  return {
    at: ago(0),
    engine: "Docker 26.1.5 on linux/amd64",
    disk_free: place.production ? 3_400_000_000 : 78_000_000_000,
    slots,
    direction: byHand ? other : (place.current?.slot ?? null),
    health: place.current ? "answers" : "nothing",
    answer: place.current ? "200 in 4 ms" : null,
  };
}
