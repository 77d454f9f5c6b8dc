// A program in memory, for demonstrations, component tests and pictures. Not part of the product's bundle.
//
// `?fake=SCENARIO`: `full` (a fleet), `empty` (nothing yet), `live` (runs really go on),
// `huge` (500 apps in 50 environments).
// `&fail=COMMAND:CODE` makes a command fail; several by comma. `&lines=N` gives logs of N lines,
// `&readonly` a page that can only look, `&unseen` a fleet that nobody has looked at yet.

import type {
  ApiError,
  AppView,
  Code,
  CommandName,
  FleetView,
  LogHits,
  LogLine,
  LogPage,
  RunComparison,
  ReleaseLine,
  RunLine,
  RunState,
  Timeline,
} from "../../api/generated";
import {
  CallError,
  type Answer,
  type Backend,
  type ChangeListener,
  type FolderDrop,
  type Params,
  type Wish,
} from "../types";
import { fleetView, furtherApps, hugeApps, newApp, placeKey, unseenBut } from "./fleet";
import { FakeHome, importOf } from "./home";
import { comparisonOf, found, hitsOf, timelineOf } from "./run";
import { ships } from "../../logic/doing";
import { Outputs, usageOf } from "./kept";
import { ledger, ledgerStories } from "./ledger";
import { leftoversOf } from "./leftovers";
import { Pipelines } from "./pipelines";
import { Places, takenAsItIs } from "./places";
import { promotionOf } from "./promotion";
import { comparison, passport, releasesOf } from "./releases";
import { tell, type Story } from "./story";
import { FakeServers } from "./servers";
import { fleet, id, machine, planFor, RUNS } from "./world";

/** Where the run that stands still does: traffic was switched, the old slot finishes its requests. */
const FROZEN = 8.2;

/** How a fake program is set up. */
export interface FakeOptions {
  scenario?: "full" | "empty" | "live" | "huge";
  /** Commands that fail, by code. */
  fail?: Partial<Record<CommandName, Code>>;
  /** Lines of each finished run's log. */
  lines?: number;
  /** A page that can only look. */
  readOnly?: boolean;
  /** So many runs before those that can be opened. */
  runs?: number;
  /** Nobody has looked at the environments yet. */
  unseen?: boolean;
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
    unseen: query.has("unseen"),
    lines: Number(query.get("lines") ?? "400"),
    runs: Number(query.get("runs") ?? "0"),
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
  readonly #wished = new Set<(wish: Wish) => void>();
  readonly #home = new FakeHome();
  #apps: AppView[];
  #huge: FleetView | undefined;
  /** Environments that were looked at. */
  readonly #looked = new Set<string>();
  /** Environments of which nothing is left over any more. */
  readonly #pruned = new Set<string>();
  #stories: Story[];
  #next = 200;
  readonly #pipelines = new Pipelines();
  readonly #places = new Places();
  readonly #servers = new FakeServers();
  readonly #outputs = new Outputs();

  constructor(options: FakeOptions = {}) {
    this.#options = options;
    this.#apps =
      options.scenario === "empty"
        ? []
        : options.scenario === "huge"
          ? hugeApps()
          : [...fleet(), ...furtherApps(), ledger()];
    this.#stories = options.scenario === "empty" ? [] : stories([...fleet(), ledger()]);
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

  saved(_listener: (path: string | null) => void): null {
    return null;
  }

  wishes(listener: (wish: Wish) => void): () => void {
    this.#wished.add(listener);
    return () => void this.#wished.delete(listener);
  }

  /** Wishes something, as the window's menu or a link does. */
  wish(wish: Wish): void {
    for (const listener of this.#wished) listener(wish);
  }

  painted(): void {
    // Nobody waits for it.
  }

  /** Cuts or restores the change feed. */
  connect(is: boolean): void {
    for (const listener of this.#listeners) listener.connected(is);
  }

  /** Somebody else saves an app's pipeline. */
  saveElsewhere(app: string, text: string): void {
    this.#pipelines.edit(app, text);
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
    return tell(story, frozen ? story.createdAt + FROZEN * story.pace : Date.now());
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
      case "target.list":
        return this.#servers.list();
      case "target.check":
        return this.#servers.check((params as Params<"target.check">).target);
      case "target.accept": {
        const { target, fingerprints } = params as Params<"target.accept">;
        return this.#servers.accept(target, fingerprints);
      }
      case "target.add":
        return this.#servers.add(params as Params<"target.add">);
      case "target.forget":
        return this.#servers.forget((params as Params<"target.forget">).target);
      case "target.preparation":
        return this.#servers.preparation((params as Params<"target.preparation">).target);
      case "target.prepare":
        return this.#servers.prepare((params as Params<"target.prepare">).target);
      case "target.progress":
        return this.#servers.progress((params as Params<"target.progress">).target);
      case "target.adopt":
        return { target: (params as Params<"target.adopt">).target, places: [] };
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
      case "run.find":
        return found(params as Params<"run.find">, this.#lines(), this.#options.runs ?? 0);
      case "log.search":
        return this.#search(params as Params<"log.search">);
      case "run.timeline":
        return this.#timeline(params as Params<"run.timeline">);
      case "run.compare":
        return this.#compare(params as Params<"run.compare">);
      case "verdict.record":
        return this.#verdict(params as Params<"verdict.record">);
      case "fleet.get":
        return this.#fleet();
      case "inbox.list":
        return this.#home.inbox(this.#list({ limit: 50 }));
      case "inbox.seen":
        this.#home.seen((params as Params<"inbox.seen">).until);
        return this.#home.inbox(this.#list({ limit: 50 }));
      case "settings.get":
        return this.#home.settings;
      case "settings.set":
        return this.#home.change(params as Params<"settings.set">);
      case "backup.create":
        return this.#home.backup();
      case "backup.restore":
        return this.#home.backup("seatrial-before-restore.db");
      case "import.preview":
        return importOf((params as Params<"import.preview">).folder);
      case "proxy.ports":
        return machine();
      case "release.list":
        return this.#releases((params as Params<"release.list">).app);
      case "release.get":
        return passport(
          this.#app((params as Params<"release.get">).app),
          params as Params<"release.get">,
          this.#list({}),
        );
      case "release.compare":
        return comparison(this.#app((params as Params<"release.compare">).app), params as never);
      case "promotion.get":
        return promotionOf(
          this.#app((params as Params<"promotion.get">).app),
          params as Params<"promotion.get">,
        );
      case "environment.get":
        this.#looked.add(placeKey(params as Params<"environment.get">));
        return this.#places.detail(this.#app((params as Params<"environment.get">).app), params as never);
      case "environment.entrance": {
        const { app, environment } = params as Params<"environment.entrance">;
        const container = `seatrial-${app}--${environment ?? "local"}-blue`;
        const words = ["docker", "exec", "-it", container, "sh"];
        const place = { app, environment: environment ?? "local", target: "docker", slot: "blue" };
        return { ...place, container, words, line: words.join(" ") };
      }
      case "environment.usage": {
        const asked = params as Params<"environment.usage">;
        return usageOf(this.#app(asked.app), asked);
      }
      case "environment.output": {
        const asked = params as Params<"environment.output">;
        return this.#outputs.page(this.#app(asked.app), asked);
      }
      case "environment.leftovers":
        return leftoversOf(params as Params<"environment.leftovers">, this.#pruned);
      case "environment.prune": {
        const asked = params as Params<"environment.prune">;
        const removed = leftoversOf(asked, this.#pruned).items;
        this.#pruned.add(placeKey(asked));
        return { environment: asked.environment ?? "local", removed, stayed: [] };
      }
      case "env.list":
      case "env.set":
        return this.#places.configuration(params as Params<"env.set">, command === "env.set");
      case "secret.list":
      case "secret.set":
        return this.#places.secrets(params as Params<"secret.set">, command === "secret.set");
      case "pipeline.get":
        return this.#pipelines.get(this.#app((params as Params<"pipeline.get">).app), params as never);
      case "pipeline.save":
        return this.#pipelines.save(this.#app((params as Params<"pipeline.save">).app), params as never);
      case "changes.wait":
        return { cursor: 1, runs: [] };
      default:
        throw new CallError("internal", { message: `the demonstration has no ${command}` });
    }
  }

  #releases(name: string | null | undefined): ReleaseLine[] {
    return releasesOf(this.#app(name));
  }

  #fleet(): FleetView {
    const running = this.#list({ limit: 100 }).filter((line) =>
      ["running", "waiting", "queued"].includes(line.status),
    );
    // A huge one stays as it is: making it anew would be measured instead of the page.
    this.#huge ??= this.#options.scenario === "huge" ? fleetView(this.#apps, []) : undefined;
    if (this.#huge) return { ...this.#huge, running };
    const view = fleetView(this.#apps, running);
    return this.#options.unseen ? unseenBut(this.#looked, view) : view;
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
    return known ?? this.#add(newApp(name, folder));
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
    const view = this.#app(params.app);
    return takenAsItIs(params, view) ?? planFor(params, view);
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
      end: plan.kind === "stop" ? { end: "succeeded" } : { end: "live" },
      ...(ships(plan.kind) ? { verdict: "go" as const } : {}),
      trigger,
    });
    if (!ships(plan.kind)) this.#halt(view, plan.environment ?? null, plan.kind === "stop" ? run : null);
    this.#changed([run]);
    return { run };
  }

  /** Somebody stopped an environment, or started it again. */
  #halt(view: AppView, name: string | null, run: string | null): void {
    const halted = run && { by: { user: "ada", machine: "laptop" }, at: new Date().toISOString(), run };
    const environments = view.environments.map((e) =>
      e.name === name ? { ...e, halted: halted || null } : e,
    );
    this.#add({ ...view, environments });
  }

  #lines(): RunLine[] {
    return this.#stories
      .map((story) => lineOf(this.#state(story)))
      .sort((a, b) => b.created_at.localeCompare(a.created_at));
  }

  #list({ app, limit, before }: Params<"run.list">): RunLine[] {
    const all = this.#lines();
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

  #written(run: string, step: string | null | undefined): { steps: string[]; total: number; at: string } {
    const state = this.#state(this.#story(run));
    const written = state.steps.filter((s) => s.attempts > 0).map((s) => s.step.id);
    const steps = step ? written.filter((s) => s === step) : written;
    const total = steps.length === 0 ? 0 : step ? 40 : (this.#options.lines ?? 400);
    return { steps, total, at: state.created_at };
  }

  #log({ run, step, from = 0, limit }: Params<"log.lines">): LogPage {
    const { steps, total, at } = this.#written(run, step);
    const end = Math.min(total, from + (limit ?? 1000));
    const lines: LogLine[] = [];
    for (let i = from; i < end; i += 1)
      lines.push(lineAt(i, steps[Math.floor((i / total) * steps.length)] ?? "", at));
    return { lines, total, next: end };
  }

  #search({ run, step, text, from = 0, limit }: Params<"log.search">): LogHits {
    const { total } = this.#written(run, step);
    return hitsOf(text, from, total, limit ?? 10_000, (line) => TEXTS[line % TEXTS.length] ?? "");
  }

  #timeline({ run }: Params<"run.timeline">): Timeline {
    const story = this.#story(run);
    const state = this.#state(story);
    const frozen = story.run === RUNS.running && this.#options.scenario !== "live";
    const now = frozen ? story.createdAt + FROZEN * story.pace : Date.now();
    return timelineOf(story, state, now, this.#lastGood(state));
  }

  #lastGood(run: RunState): string | null {
    const good = this.#list({ app: run.request.app, limit: 1000 }).find(
      (line) =>
        line.status === "succeeded" &&
        line.kind === run.request.kind &&
        line.phases.length === run.request.phases.length &&
        line.created_at < run.created_at,
    );
    return good?.run ?? null;
  }

  #compare(params: Params<"run.compare">): RunComparison {
    const run = this.#state(this.#story(params.run));
    const other = params.with ?? this.#lastGood(run);
    if (!other)
      throw new CallError("not_found", {
        message: "No such run succeeded before this one.",
        hints: ["Choose a run to compare with in the list of runs."],
      });
    return comparisonOf(run, this.#state(this.#story(other)), lineOf);
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
  const more = apps.filter((app) => app.app === "ledger").flatMap(ledgerStories);
  const deploy = (environment: string) =>
    planFor({ app: "guestbook", kind: "deploy", environment }, guestbook);
  const minutes = (n: number) => Date.now() - n * 60_000;
  return [
    ...more,
    {
      run: RUNS.running,
      plan: deploy("local"),
      createdAt: Date.now() - FROZEN * 900,
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
      lease: { ms: 1400, why: "grace@buildbox was deploying" },
      slow: { package: 1.7 },
      attempts: { "unit-test": 2 },
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
      run: RUNS.held,
      plan: planFor({ app: "sample", kind: "deploy", environment: "local" }, apps[2] as AppView),
      createdAt: minutes(300),
      pace: 700,
      end: { end: "live" },
      verdict: "inconclusive",
      lost: 3,
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
