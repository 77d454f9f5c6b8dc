// Pipelines of the demonstration. A text is read just far enough that the graph follows what a person types.

import type {
  AppView,
  Phase,
  PipelineEnvironment,
  PipelineParams,
  PipelineStep,
  PipelineView,
  Practice,
  Problem,
  SavePipeline,
} from "../../api/generated";
import { CallError } from "../types";
import { digestOf } from "./digests";

const GUESTBOOK = `app = "guestbook"

[build]
version = "commits"
image = { dockerfile = "Dockerfile" }

[build.steps.lint]
run = "ruff check ."
blocking = false

[build.steps.dependencies]
run = "pip-audit --requirement requirements.txt"
practice = "vulnerability-check"

[build.steps.unit-test]
run = "pytest -q"
needs = ["lint"]
timeout = "5m"
retry = { times = 2, on = ["timeout"], wait = "2s" }

[ship]
strategy = "blue-green"
port = 8000
health = { path = "/health", deadline = "60s" }
volumes = ["data:/var/lib/entries"]

[evaluate]
smoke = [{ path = "/", contains = "Guestbook", within = "2s" }]
availability = { for = "10s", rate = 20, max_failed = "0.1%" }
on_no_go = "rollback"

[evaluate.steps.acceptance-test]
run = "tests/against.sh \\"$SEATRIAL_URL\\""

# Promotion order: a release goes from the first environment to the last.
[env.local]
target = "docker"

[env.staging]
target = "ssh://deploy@203.0.113.7"
secrets = ["DATABASE_URL", "SMTP_PASSWORD"]

[env.prod]
target = "ssh://deploy@203.0.113.8"
production = true
secrets = ["DATABASE_URL", "SMTP_PASSWORD"]
`;

const BROKEN = `app = "shop-api"

[build.steps]
lint = "npm run lint"
unit-test = "npm test"

[enviroment.local]
target = "docker"
`;

/** The pipelines' files. */
export class Pipelines {
  #files = new Map<string, string>();

  /** A pipeline as text and as a graph. */
  get(view: AppView, { text }: PipelineParams): PipelineView {
    const file = this.#file(view);
    const read = text ?? file ?? proposal(view);
    return { ...understood(read), text: read, saved: file === null ? null : digestOf(file) };
  }

  /** Saves a text over the file that was read. */
  save(view: AppView, { text, over }: SavePipeline): PipelineView {
    const file = this.#file(view);
    if ((file === null ? null : digestOf(file)) !== (over ?? null))
      throw new CallError("conflict", {
        message: "seatrial.toml was changed by somebody else after it was read here.",
        hints: ["Compare both; then keep one of them."],
      });
    const { problems } = understood(text);
    if (problems.some((problem) => problem.severity === "error"))
      throw new CallError("configuration", { message: "The text has errors; nothing was saved.", problems });
    this.#files.set(view.app, text);
    return this.get(view, { app: view.app });
  }

  /** Somebody else changes the file. */
  edit(app: string, text: string): void {
    this.#files.set(app, text);
  }

  #file(view: AppView): string | null {
    const known = this.#files.get(view.app);
    if (known !== undefined) return known;
    if (view.app === "shop-api") return BROKEN;
    if (view.file === null) return null;
    return view.app === "guestbook" ? GUESTBOOK : proposal(view);
  }
}

function proposal(view: AppView): string {
  const places = view.environments.map(
    (e) => `[env.${e.name}]\ntarget = "${e.target}"\n${e.production ? "production = true\n" : ""}`,
  );
  return `app = "${view.app}"\n\n[build.steps]\nlint = "make lint"\nunit-test = "make test"\n\n[ship]\nhealth = "/health"\n\n${places.join("\n")}`;
}

const TABLES = ["build", "ship", "evaluate", "env"];

const ALWAYS: [Phase, Practice, string, string, string[]][] = [
  ["build", "version", "version", "Decide the version", ["*"]],
  ["build", "package", "package", "Build the image", ["version"]],
  ["build", "distribute", "release", "Record the release", ["package"]],
  ["ship", "provision", "preflight", "Check secrets, disk and ports", []],
  ["ship", "prepare", "proxy", "Make sure the proxy runs", ["preflight"]],
  ["ship", "launch", "launch", "Start the new version", ["proxy"]],
  ["ship", "health-check", "health", "Wait until it is healthy", ["launch"]],
  ["ship", "direct-traffic", "verify", "Ask it through the proxy", ["health"]],
  ["ship", "direct-traffic", "switch", "Direct all traffic to it", ["verify"]],
  ["ship", "direct-traffic", "drain", "Let the old one finish its requests", ["switch"]],
  ["ship", "direct-traffic", "stop", "Stop the old one, keep it", ["drain"]],
  ["evaluate", "integration-test", "smoke", "Smoke: the pages that must answer", []],
  ["evaluate", "availability", "availability", "Watch availability and latency", ["smoke"]],
  ["evaluate", "communicate", "judge", "Give the verdict", ["availability", "*"]],
];

interface Draft {
  step: PipelineStep;
  places: { needs: number };
}

function understood(text: string): Pick<PipelineView, "problems" | "steps" | "environments"> {
  const problems: Problem[] = [];
  const own: Draft[] = [];
  const environments: PipelineEnvironment[] = [];
  let table: string[] = [];
  text.split("\n").forEach((row, i) => {
    const line = i + 1;
    const header = /^\s*\[([^[\]]+)\]\s*(#.*)?$/.exec(row);
    const entry = /^\s*([A-Za-z0-9_-]+)\s*=\s*(.*)$/.exec(row);
    if (header) {
      table = (header[1] ?? "").split(".").map((part) => part.trim());
      const [first = "", second = "", third = ""] = table;
      if (!TABLES.includes(first)) problems.push(unknown(line, row.indexOf(first) + 1, first));
      if (isPhase(first) && second === "steps" && third) own.push(draft(first, third, line));
      if (first === "env" && second && !third)
        environments.push({ name: second, target: "docker", production: false, line });
    } else if (entry) {
      takeEntry(table, entry[1] ?? "", entry[2] ?? "", line, row, { own, environments, problems });
    } else if (row.trim() !== "" && !row.trim().startsWith("#") && !/^[\s\]})",{]/.test(row)) {
      problems.push(problem(line, 1, "this is neither a table nor `key = value`", null));
    }
  });
  for (const { step, places } of own)
    for (const need of step.needs)
      if (!own.some((other) => other.step.id === need && other.step.phase === step.phase))
        problems.push(
          problem(places.needs, 1, `\`${step.id}\` needs \`${need}\`, which is no step here`, null),
        );
  if (problems.length > 0) return { problems, steps: [], environments: [] };
  return { problems, steps: [...own.map((d) => d.step), ...always(own.map((d) => d.step))], environments };
}

function takeEntry(
  table: string[],
  key: string,
  value: string,
  line: number,
  row: string,
  into: { own: Draft[]; environments: PipelineEnvironment[]; problems: Problem[] },
): void {
  const [first = "", second = "", third = ""] = table;
  const text = /^"(.*)"/.exec(value)?.[1];
  const column = row.indexOf(key) + 1;
  if (/^"[^"]*$/.test(value)) into.problems.push(problem(line, column, "the text has no end", 'add a `"`'));
  if (first === "" && !["app", ...TABLES].includes(key)) into.problems.push(unknown(line, column, key));
  if (first === "env" && second === "" && text !== undefined)
    into.environments.push({ name: key, target: text, production: false, line });
  const place = first === "env" && !third ? into.environments.at(-1) : undefined;
  if (place && key === "target" && text !== undefined) place.target = text;
  if (place && key === "production") place.production = value.startsWith("true");
  if (isPhase(first) && second === "steps" && third === "") into.own.push(draft(first, key, line));
  const last = isPhase(first) && second === "steps" && third ? into.own.at(-1) : undefined;
  if (!last) return;
  if (!STEP_KEYS.includes(key)) into.problems.push(unknown(line, column, key));
  if (key === "practice" && text) last.step.practice = text as Practice;
  if (key === "blocking") last.step.blocking = !value.startsWith("false");
  if (key === "needs") {
    last.step.needs = [...value.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? "");
    last.places.needs = line;
  }
}

const STEP_KEYS = "run practice needs timeout retry blocking folder env secrets matrix".split(" ");

const isPhase = (text: string): text is Phase => ["build", "ship", "evaluate"].includes(text);

const TITLES: Record<string, string> = {
  lint: "Style and errors",
  "unit-test": "Unit tests",
  "acceptance-test": "Acceptance tests",
  dependencies: "Known vulnerabilities",
};

function draft(phase: Phase, id: string, line: number): Draft {
  const step: PipelineStep = {
    id,
    phase,
    practice: (id in TITLES ? id : "custom") as Practice,
    title: TITLES[id] ?? id,
    needs: [],
    blocking: true,
    line,
    origin: `seatrial.toml:${String(line)}`,
  };
  return { step, places: { needs: line } };
}

function always(own: PipelineStep[]): PipelineStep[] {
  return ALWAYS.map(([phase, practice, id, title, needs]) => ({
    id,
    phase,
    practice,
    title,
    needs: needs.flatMap((need) =>
      need === "*" ? own.filter((step) => step.phase === phase).map((step) => step.id) : [need],
    ),
    blocking: true,
    line: null,
    origin: "always",
  }));
}

function unknown(line: number, column: number, key: string): Problem {
  const near: Record<string, string> = { enviroment: "env", environment: "env", tiemout: "timeout" };
  const guess = near[key] ? `did you mean \`${near[key] ?? ""}\`?` : null;
  return problem(line, column, `unknown key \`${key}\``, guess);
}

function problem(line: number, column: number, message: string, hint: string | null): Problem {
  return { severity: "error", file: "seatrial.toml", line, column, message, hint };
}
