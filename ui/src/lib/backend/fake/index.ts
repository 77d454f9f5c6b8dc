// A program in memory, for demonstrations, component tests and pictures. Not part of the product's bundle.
//
// `?fake=SCENARIO`: `full` (a fleet), `empty` (nothing yet), `live` (runs really go on).
// `&fail=COMMAND:CODE` makes a command fail; several by comma. `&lines=N` gives logs of N lines,
// `&readonly` a page that can only look.

import type {
  ApiError,
  AppView,
  Code,
  CommandName,
  LogLine,
  LogPage,
  RunLine,
  RunState,
} from "../../api/generated";
import {
  CallError,
  type Answer,
  type Backend,
  type ChangeListener,
  type FolderDrop,
  type Params,
} from "../types";
import { tell, type Story } from "./story";
import { ago, fleet, id, machine, planFor, RUNS } from "./world";

/** How a fake program is set up. */
export interface FakeOptions {
  scenario?: "full" | "empty" | "live";
  /** Commands that fail, by code. */
  fail?: Partial<Record<CommandName, Code>>;
  /** Lines of each finished run's log. */
  lines?: number;
  /** A page that can only look. */
  readOnly?: boolean;
  /** Milliseconds per step of a run started here. */
  pace?: number;
}

/** The fake the address asks for. */
export function fakeFromAddress(search: string): FakeBackend | null {
  const query = new URLSearchParams(search);
  const scenario = query.get("fake");
  if (scenario === null) return null;
  const pairs = (query.get("fail") ?? "")
    .split(",")
    .filter(Boolean)
    .map((pair) => pair.split(":") as [CommandName, Code]);
  return new FakeBackend({
    scenario: scenario as NonNullable<FakeOptions["scenario"]>,
    fail: Object.fromEntries(pairs),
    readOnly: query.has("readonly"),
    lines: Number(query.get("lines") ?? "400"),
  });
}

/** A program in memory. */
export class FakeBackend implements Backend {
  readonly kind = "fake";
  readonly canPickFolder = true;
  /** Every call that was made, for tests. */
  readonly calls: { command: CommandName; params: unknown }[] = [];
  readonly #options: FakeOptions;
  readonly #listeners = new Set<ChangeListener>();
  #apps: AppView[];
  #stories: Story[];
  #next = 200;

  constructor(options: FakeOptions = {}) {
    this.#options = options;
    this.#apps = options.scenario === "empty" ? [] : fleet();
    this.#stories = options.scenario === "empty" ? [] : stories(this.#apps);
  }

  async call<C extends CommandName>(command: C, params: Params<C>): Promise<Answer<C>> {
    this.calls.push({ command, params });
    await Promise.resolve();
    const code = this.#options.fail?.[command];
    if (code) throw new CallError(code, failureOf(command, code));
    return this.#answer(command, params) as Answer<C>;
  }

  changes(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    listener.connected(true);
    const timer = setInterval(() => {
      const going = this.#stories.filter(
        (story) => ["running", "queued"].includes(this.#state(story).status) || this.#justEnded(story),
      );
      if (going.length > 0) this.#changed(going.map((story) => story.run));
    }, 150);
    return () => {
      clearInterval(timer);
      this.#listeners.delete(listener);
    };
  }

  mayChange(): Promise<boolean> {
    return Promise.resolve(!this.#options.readOnly);
  }

  openAddress(address: string): void {
    window.open(address, "_blank", "noopener");
  }

  pickFolder(): Promise<string | null> {
    return Promise.resolve("/home/ada/projects/diary");
  }

  folderDrops(_report: (event: FolderDrop) => void): () => void {
    return () => undefined;
  }

  /** Cuts or restores the change feed. */
  connect(is: boolean): void {
    for (const listener of this.#listeners) listener.connected(is);
  }

  #changed(runs: string[]): void {
    for (const listener of this.#listeners) listener.changed(runs);
  }

  #justEnded(story: Story): boolean {
    const ended = this.#state(story).ended_at;
    return ended !== null && Math.abs(Date.now() - Date.parse(ended)) < 1500;
  }

  #state(story: Story): RunState {
    // Pictures need a run that stands still in its middle.
    const frozen = story.run === RUNS.running && this.#options.scenario !== "live";
    return tell(story, frozen ? story.createdAt + 8.4 * story.pace : Date.now());
  }

  #story(run: string): Story {
    const story = this.#stories.find((s) => s.run === run);
    if (!story)
      throw new CallError("not_found", {
        message: `There is no run ${run}.`,
        hints: ["Look for it in the list of runs."],
      });
    return story;
  }

  #app(name: string | null | undefined): AppView {
    const view = this.#apps.find((app) => app.app === name);
    if (!view)
      throw new CallError("not_found", {
        message: `There is no app \`${name ?? ""}\`.`,
        hints: ["Open its folder once; then it is known."],
      });
    return view;
  }

  #answer(command: CommandName, params: unknown): unknown {
    switch (command) {
      case "machine.check":
        return machine();
      case "app.list":
        return this.#apps;
      case "app.get":
        return this.#app((params as Params<"app.get">).app);
      case "app.open":
        return this.#open((params as Params<"app.open">).folder ?? "");
      case "sample.create":
        return this.#add(fleet().find((app) => app.app === "sample") as AppView);
      case "trust.grant":
        return this.#trust(params as Params<"trust.grant">);
      case "run.plan":
        return this.#plan(params as Params<"run.plan">);
      case "run.start":
        return this.#start(params as Params<"run.start">);
      case "run.get":
        return this.#state(this.#story((params as Params<"run.get">).run));
      case "run.list":
        return this.#list(params as Params<"run.list">);
      case "run.cancel": {
        const story = this.#story((params as Params<"run.cancel">).run);
        story.cancelledAt = Date.now();
        delete story.wait;
        this.#changed([story.run]);
        return this.#state(story);
      }
      case "run.resume":
        return { run: (params as Params<"run.resume">).run };
      case "log.lines":
        return this.#log(params as Params<"log.lines">);
      case "verdict.record":
        return this.#verdict(params as Params<"verdict.record">);
      case "release.list":
        return [
          {
            release: id(1012),
            version: "1.4.0",
            image: `sha256:${"a".repeat(64)}`,
            commit: "9f3c2b7a41d0",
            dirty: false,
            created_at: ago(12),
            live_in: ["local"],
          },
          {
            release: id(2440),
            version: "1.3.2",
            image: `sha256:${"b".repeat(64)}`,
            commit: "41d09f3c2b7a",
            dirty: true,
            created_at: ago(1440),
            live_in: ["staging"],
          },
        ];
      case "changes.wait":
        return { cursor: 1, runs: [] };
      default:
        throw new CallError("internal", { message: `the demonstration has no ${command}` });
    }
  }

  #open(folder: string): AppView {
    if (!folder.startsWith("/")) {
      throw new CallError("not_found", {
        message: `There is no folder \`${folder}\`.`,
        hints: ["Give the full path, beginning with /."],
      });
    }
    const name = folder.split("/").filter(Boolean).pop() ?? "app";
    const known = this.#apps.find((app) => app.folder === folder);
    return known ?? this.#add({ ...(fleet()[2] as AppView), app: name, folder, environments: [] });
  }

  #add(view: AppView): AppView {
    this.#apps = [...this.#apps.filter((app) => app.app !== view.app), view];
    return view;
  }

  #trust({ app, digest }: Params<"trust.grant">): unknown {
    const view = this.#app(app);
    if (!view.trust || view.trust.digest !== digest)
      throw new CallError("refused", { message: "The content changed while you read it." });
    const trust = { ...view.trust, granted: true, changed: false, diff: null };
    this.#add({ ...view, trust });
    return trust;
  }

  #plan(params: Params<"run.plan">): unknown {
    return planFor(params, this.#app(params.app));
  }

  #start({ plan, trigger }: Params<"run.start">): unknown {
    const view = this.#app(plan.app);
    if (view.trust && !view.trust.granted)
      throw new CallError("trust_required", failureOf("run.start", "trust_required"));
    const run = id((this.#next += 1));
    this.#stories.push({
      run,
      plan: planFor(plan, view),
      createdAt: Date.now(),
      pace: this.#options.pace ?? 700,
      end: { end: "live" },
      verdict: "go",
      trigger,
    });
    this.#changed([run]);
    return { run };
  }

  #list({ app, limit, before }: Params<"run.list">): RunLine[] {
    const all = this.#stories
      .map((story) => lineOf(this.#state(story)))
      .sort((a, b) => b.created_at.localeCompare(a.created_at));
    const from = before ? all.findIndex((line) => line.run === before) + 1 : 0;
    return all.filter((line) => !app || line.app === app).slice(from, from + (limit ?? 50));
  }

  #verdict({ run, verdict, note }: Params<"verdict.record">): RunState {
    const story = this.#story(run);
    story.verdict = verdict;
    story.note = note ?? "";
    this.#changed([run]);
    return this.#state(story);
  }

  #log({ run, step, from = 0, limit }: Params<"log.lines">): LogPage {
    const state = this.#state(this.#story(run));
    const written = state.steps.filter((s) => s.attempts > 0).map((s) => s.step.id);
    const steps = step ? written.filter((s) => s === step) : written;
    const total = steps.length === 0 ? 0 : step ? 40 : (this.#options.lines ?? 400);
    const end = Math.min(total, from + (limit ?? 1000));
    const lines: LogLine[] = [];
    for (let i = from; i < end; i += 1)
      lines.push(lineAt(i, steps[Math.floor((i / total) * steps.length)] ?? "", state.created_at));
    return { lines, total, next: end };
  }
}

const TEXTS = [
  "\u001b[1m$ pytest -q\u001b[0m",
  "\u001b[32m........................................................................\u001b[0m [ 56%]",
  "\u001b[32m.......................................................\u001b[0m        [100%]",
  "\u001b[32m\u001b[1m128 passed\u001b[0m\u001b[32m in 2.41s\u001b[0m",
  "#7 [3/5] COPY requirements.txt /app/",
  "#8 [4/5] RUN pip install --no-cache-dir -r requirements.txt",
  "#8 1.204 Collecting flask==3.0.3",
  "#8 2.816 \u001b[33mWARNING: Running pip as the 'root' user can result in broken permissions and conflicting behaviour with the system package manager\u001b[0m",
  "#9 exporting layers 0.3s done",
  "\u001b[36mINFO\u001b[0m  listening on 0.0.0.0:8000",
  "\u001b[31mKeyError\u001b[0m: 'REDIS_URL'",
  "GET /health 200 4ms",
];

function lineAt(line: number, step: string, created: string): LogLine {
  const text = TEXTS[line % TEXTS.length] ?? "";
  const at = new Date(Date.parse(created) + line * 35).toISOString();
  return { step, line, at, stream: line % 11 === 10 ? "err" : "out", text };
}

function lineOf(run: RunState): RunLine {
  return {
    run: run.id,
    app: run.request.app,
    environment: run.request.environment ?? null,
    kind: run.request.kind,
    phases: run.request.phases,
    status: run.status,
    version: run.version ?? null,
    actor: run.actor,
    trigger: run.trigger,
    created_at: run.created_at,
    ended_at: run.ended_at ?? null,
    proof: run.proof ?? null,
    verdict: run.verdict ?? null,
    reason: run.end && "reason" in run.end ? run.end.reason : null,
  };
}

function failureOf(command: string, code: Code): Omit<ApiError, "code"> {
  return {
    message: `The demonstration was asked to let ${command} fail with ${code}.`,
    hints: code === "busy" ? [] : ["Take `fail=` out of the address."],
    detail: "caused by: the address of this page",
    problems:
      code === "configuration"
        ? [
            {
              severity: "error",
              file: "seatrial.toml",
              line: 3,
              column: 7,
              message: "unknown key `tiemout`",
              hint: "did you mean `timeout`?",
            },
          ]
        : [],
    run: code === "busy" ? RUNS.running : null,
  };
}

function stories(apps: AppView[]): Story[] {
  const guestbook = apps[0] as AppView;
  const deploy = (environment: string) =>
    planFor({ app: "guestbook", kind: "deploy", environment }, guestbook);
  const minutes = (n: number) => Date.now() - n * 60_000;
  return [
    {
      run: RUNS.running,
      plan: deploy("local"),
      createdAt: Date.now() - 8.4 * 900,
      pace: 900,
      end: { end: "live" },
      verdict: "go",
    },
    {
      run: RUNS.waiting,
      plan: deploy("local"),
      createdAt: minutes(0.2),
      pace: 900,
      end: { end: "live" },
      trigger: "terminal",
      wait: { on: "lease", run: RUNS.running, actor: { user: "ada", machine: "workbench" } },
    },
    {
      run: RUNS.done,
      plan: deploy("local"),
      createdAt: minutes(12),
      pace: 900,
      end: { end: "live" },
      verdict: "go",
    },
    {
      run: RUNS.failed,
      plan: deploy("staging"),
      createdAt: minutes(55),
      pace: 900,
      trigger: "terminal",
      end: { end: "failed_clean", reason: "The new version did not become healthy." },
      fails: {
        step: "health",
        failure: {
          cause: "unhealthy",
          message: "Port 8000 refused for 60 s; the container ended with exit code 1.",
          hints: [
            "Set REDIS_URL: `seatrial env set REDIS_URL=redis://…`",
            "Look at the last lines of the container's log below.",
          ],
          detail:
            'exit code 1 after 0.8 s\n\nTraceback (most recent call last):\n  File "/app/app.py", line 14, in <module>\n    redis = connect(os.environ["REDIS_URL"])\nKeyError: \'REDIS_URL\'',
        },
      },
    },
    {
      run: RUNS.back,
      plan: planFor({ app: "guestbook", kind: "rollback", environment: "local" }, guestbook),
      createdAt: minutes(190),
      pace: 400,
      end: { end: "live" },
      verdict: "go",
      note: "Totals match again",
    },
    {
      run: RUNS.attention,
      plan: deploy("prod"),
      createdAt: minutes(1500),
      pace: 900,
      end: {
        end: "needs_attention",
        reason: "Docker stopped while traffic was moving; the proxy could not be read back.",
        choices: ["Start Docker and take the run up again", "Roll back"],
      },
      fails: {
        step: "drain",
        failure: {
          cause: "engine-unreachable",
          message: "The Docker engine went away while slot blue was drained.",
          hints: ["Start Docker: `sudo systemctl start docker`"],
          detail: null,
        },
      },
    },
    {
      run: RUNS.cancelled,
      plan: deploy("staging"),
      createdAt: minutes(3000),
      pace: 900,
      end: { end: "cancelled" },
      cancelledAt: minutes(3000) + 3.5 * 900,
    },
    {
      run: RUNS.build,
      plan: planFor({ app: "guestbook", kind: "deploy", environment: "local", phases: ["build"] }, guestbook),
      createdAt: minutes(4000),
      pace: 900,
      end: { end: "succeeded" },
    },
  ];
}
