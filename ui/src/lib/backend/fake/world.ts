// A small fleet, for demonstrations and tests.

import type {
  AppView,
  Deployed,
  EnvironmentView,
  MachineView,
  Phase,
  Plan,
  PlanParams,
  Release,
  Slot,
  TrustView,
} from "../../api/generated";
import { ships as isShipping } from "../../logic/doing";
import { keptPlan } from "./kept";
import { onAll } from "./hosts";
import { digestOf } from "./digests";
import { deployment, goingBack, heldDeployment } from "./steps";

/** A digest made of one repeated digit. */
export const digest = (digit: string) => `sha256:${digit.repeat(64)}`;

/** An id that sorts by its number. */
export const id = (n: number) => `0199c3a0-7c00-7000-8000-${String(n).padStart(12, "0")}`;

/** `minutes` before now. */
export const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

/** Runs that are there from the beginning. */
export const RUNS = {
  done: id(101),
  failed: id(102),
  running: id(103),
  waiting: id(104),
  back: id(105),
  attention: id(106),
  cancelled: id(107),
  build: id(108),
  held: id(109),
};

function deployed(version: string, minutes: number, run: string, more: Partial<Deployed> = {}): Deployed {
  return {
    release: id(1000 + Number(version.replaceAll(".", ""))),
    version,
    image: version === "1.4.0" ? digest("a") : digestOf(`image ${version}`),
    commit: version === "1.4.0" ? "9f3c2b7a41d0" : digestOf(`commit ${version}`).slice(7, 19),
    dirty: false,
    run,
    slot: "blue",
    since: ago(minutes),
    proof: { sent: 3412, failed: 0, slowest_ms: 48, p95_ms: 12 },
    verdict: "go",
    ...more,
  };
}

/** An environment with nothing in it. */
export function environment(name: string, more: Partial<EnvironmentView> = {}): EnvironmentView {
  return {
    name,
    target: "docker",
    production: false,
    strategy: "blue-green",
    urls: [],
    current: null,
    previous: null,
    running: null,
    halted: null,
    hosts: [],
    ...more,
  };
}

const TRUSTED: TrustView = {
  granted: true,
  digest: digest("7"),
  files: ["seatrial.toml", "Dockerfile", "pyproject.toml"],
  commands: ["ruff check .", "pytest -q", "docker buildx build ."],
  changed: false,
  diff: null,
};

const DIFF = `--- a/seatrial.toml
+++ b/seatrial.toml
@@ -4,7 +4,8 @@
 [build]
 lint = "npm run lint"
-unit-test = "npm test"
+unit-test = "npm test && ./scripts/upload-coverage.sh"
+dependencies = "npm ci"
 
 [env]
 local = "docker"
`;

/** An app that was recognised by its Dockerfile. */
export function app(name: string, more: Partial<AppView> = {}): AppView {
  return {
    app: name,
    folder: `/home/ada/projects/${name}`,
    file: "seatrial.toml",
    detection: {
      kind: "Dockerfile",
      evidence: ["Dockerfile: FROM python:3.11-slim", "EXPOSE 8000"],
      notes: [],
      compose_services: [],
      generated_dockerfile: null,
    },
    environments: [],
    trust: TRUSTED,
    problems: [],
    commit: "9f3c2b7a41d0",
    dirty: false,
    ...more,
  };
}

/** The apps of the fleet. */
export function fleet(): AppView[] {
  return [
    app("guestbook", {
      detection: {
        kind: "Python project",
        evidence: [
          'pyproject.toml: [project] name = "guestbook"',
          "Dockerfile: EXPOSE 8000",
          "pyproject.toml: [tool.pytest]",
          "pyproject.toml: [tool.ruff]",
        ],
        notes: ["The Dockerfile runs the app as root."],
        compose_services: [],
        generated_dockerfile: null,
      },
      dirty: true,
      environments: [
        environment("local", {
          urls: ["http://guestbook.localhost"],
          current: deployed("1.4.0", 12, RUNS.done),
          previous: deployed("1.3.2", 1500, RUNS.build, { slot: "green" }),
          running: RUNS.running,
        }),
        environment("staging", {
          target: "ssh://deploy@203.0.113.7",
          urls: ["https://staging.guestbook.example"],
          current: deployed("1.3.2", 1440, RUNS.failed, { verdict: "inconclusive" }),
          previous: deployed("1.3.1", 4000, RUNS.build),
        }),
        environment("prod", {
          target: "ssh://deploy@203.0.113.8",
          production: true,
          urls: ["https://guestbook.example"],
          current: deployed("1.3.1", 7200, RUNS.done),
          previous: deployed("1.3.0", 12_000, RUNS.build),
        }),
      ],
    }),
    app("notes", {
      detection: {
        kind: "Node project",
        evidence: ["package.json: scripts.start", "package.json: scripts.test", "package-lock.json"],
        notes: [],
        compose_services: [],
        generated_dockerfile:
          'FROM node:20-slim\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci --omit=dev\nCOPY . .\nEXPOSE 3000\nCMD ["npm", "start"]\n',
      },
      trust: {
        granted: false,
        digest: digest("c"),
        files: ["seatrial.toml", "package.json"],
        commands: ["npm ci", "npm run lint", "npm test && ./scripts/upload-coverage.sh"],
        changed: true,
        diff: DIFF,
      },
      environments: [environment("local", { strategy: "live", urls: ["http://notes.localhost"] })],
    }),
    app("sample", {
      file: null,
      detection: {
        kind: "Dockerfile",
        evidence: ["Dockerfile: FROM scratch", "EXPOSE 8080"],
        notes: [],
        compose_services: [],
        generated_dockerfile: null,
      },
      trust: {
        granted: false,
        digest: digest("d"),
        files: ["Dockerfile"],
        commands: ["docker buildx build ."],
        changed: false,
        diff: null,
      },
      environments: [
        environment("local", {
          strategy: "live",
          urls: ["http://sample.localhost"],
          current: deployed("0.1.0", 300, RUNS.done),
        }),
      ],
      commit: null,
    }),
    app("shop-api", {
      problems: [
        {
          severity: "error",
          file: "seatrial.toml",
          line: 7,
          column: 1,
          message: "unknown key `enviroment`",
          hint: "did you mean `env`?",
        },
        {
          severity: "error",
          file: "seatrial.toml",
          line: 18,
          column: 12,
          message: "`needs` goes in a circle: package → unit-test → package",
          hint: "remove one of the two",
        },
        {
          severity: "warning",
          file: "seatrial.toml",
          line: 23,
          column: 11,
          message: "a timeout of `3d` is longer than a day",
          hint: null,
        },
      ],
    }),
  ];
}

/** A machine where nearly everything is there. */
export function machine(): MachineView {
  return {
    home: "/home/ada/.local/share/seatrial",
    version: "0.1.0",
    checks: [
      { name: "Docker engine", state: "ok", detail: "26.1.5, answers in 2 ms", fix: null },
      { name: "docker buildx", state: "ok", detail: "0.13.1", fix: null },
      {
        name: "Port 80",
        state: "warning",
        detail: "used by process `nginx` (812)",
        fix: "Stop it, or let the proxy use other ports: `seatrial proxy --http 8080 --https 8443`.",
      },
      { name: "git", state: "ok", detail: "2.39.5", fix: null },
      { name: "Space for images", state: "ok", detail: "78 GB free", fix: null },
      {
        name: "Keyring",
        state: "warning",
        detail: "no keyring answers; secrets are kept in a file with a passphrase",
        fix: "Nothing to do, unless you prefer the keyring: start a desktop session with one.",
      },
    ],
  };
}

/** A release of the guestbook. */
export function release(version: string, minutes: number): Release {
  return {
    id: id(minutes + 1000),
    app: "guestbook",
    version,
    artifacts: [
      { kind: "image", digest: digest("a"), reference: `seatrial/guestbook:${version}`, size: 48_000_000 },
    ],
    commit: "9f3c2b7a41d0",
    dirty: false,
    changes: ["feat: greet by name"],
    pipeline_revision: digest("5"),
    built_by: RUNS.done,
    created_at: ago(minutes),
  };
}

/** The plan for what is asked. */
export function planFor(params: PlanParams, view: AppView): Plan {
  if (!isShipping(params.kind)) return keptPlan(params, view, planFor({ ...params, kind: "rollback" }, view));
  const environment = view.environments.find((e) => e.name === params.environment) ?? view.environments[0];
  const place = environment?.name ?? "local";
  const back = params.kind === "rollback";
  const usual: Phase[] = back ? ["ship", "evaluate"] : ["build", "ship", "evaluate"];
  const phases = params.phases && params.phases.length > 0 ? params.phases : usual;
  const current = environment?.current ?? null;
  const next = back ? (environment?.previous?.version ?? "1.3.2") : "1.5.0";
  const ships = phases.includes("ship");
  const live = environment?.strategy === "live";
  const to: Slot = back || (live && !current) ? "blue" : "green";
  const forward = live && current ? heldDeployment : deployment;
  const steps = (
    back ? goingBack(next) : forward("this build's version", current ? to : { first: to })
  ).filter((step) => phases.includes(step.phase));
  const plan: Plan = {
    fingerprint: digest("e"),
    request: {
      kind: params.kind,
      app: view.app,
      environment: place,
      phases: [...phases],
      release: null,
      retry_of: params.retry_of ?? null,
      without: params.without ?? [],
    },
    app: view.app,
    environment: place,
    target: environment?.target ?? "docker",
    production: environment?.production ?? false,
    steps,
    version: back ? next : null,
    work_tree: { commit: view.commit, dirty: view.dirty },
    pipeline_revision: digest("5"),
    summary: {
      headline: back
        ? `Roll ${view.app} back to ${next} in ${place}`
        : `Ship ${view.app} to ${place} (docker), ${live ? "live" : "blue-green"}`,
      before: ships
        ? [
            ...(current
              ? [
                  {
                    slot: back ? ("green" as const) : ("blue" as const),
                    version: current.version,
                    role: "live",
                  },
                ]
              : []),
            ...(current && environment?.previous
              ? [
                  {
                    slot: back ? ("blue" as const) : ("green" as const),
                    version: environment.previous.version,
                    role: "stopped, kept for rollback",
                  },
                ]
              : []),
          ]
        : [],
      after: ships
        ? [
            ...(current
              ? [
                  {
                    slot: back ? ("green" as const) : ("blue" as const),
                    version: current.version,
                    role: "stopped, kept for rollback",
                  },
                ]
              : []),
            {
              slot: to,
              version: back ? next : null,
              role: "live",
            },
          ]
        : [],
      traffic: ships
        ? {
            strategy: environment?.strategy ?? "blue-green",
            from: current ? (back ? "green" : "blue") : null,
            to,
            held:
              live && current
                ? "While no version runs, the proxy holds requests; they are answered late instead of refused."
                : null,
          }
        : null,
      checks: [
        "/health answers 200–399 twice in a row within 60 s",
        "the same through the proxy",
        "/ answers 200 within 1 s",
        "0 failed requests while traffic moves",
      ],
      way_back: current
        ? `${current.version} stays in slot blue; going back is a switch of traffic and takes about a second.`
        : "Nothing was here before: going back means taking it away.",
      notices: [
        ...(view.dirty ? ["The work tree has changes that are in no commit; the release is marked."] : []),
        ...(view.app === "sample"
          ? ["The proxy is set up for the first time: a container `seatrial-proxy` on ports 80 and 443."]
          : []),
      ],
      urls: environment?.urls ?? [],
    },
  };
  return onAll(plan, environment);
}
