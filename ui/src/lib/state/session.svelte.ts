// What the whole page shares: the program behind it, the apps, and who is told when a run changes.

import { getContext, setContext } from "svelte";
import type { AppView, Inbox, MachineView, RunId, RunLine, Trigger } from "../api/generated";
import type { Answer, Backend, Params } from "../backend";
import type { CommandName } from "../api/generated";
import { Remote } from "./remote.svelte";
import { Router } from "./router.svelte";
import { throttled } from "./throttle";

const KEY = Symbol("session");
const LISTS_MS = 700;

/** The page's session with the program. */
export class Session {
  readonly backend: Backend;
  readonly router = new Router();
  readonly apps: Remote<AppView[]>;
  readonly machine: Remote<MachineView>;
  readonly recent: Remote<RunLine[]>;
  readonly inbox: Remote<Inbox>;
  /** Whether the change feed is there. */
  connected = $state(true);
  /** Whether this page may change anything. */
  mayChange = $state(true);
  /** The environment the verbs act on, by app. */
  chosen = $state<Record<string, string>>({});
  /** What is chosen in a list over all apps. */
  selected = $state<{ app: string; environment: string | null } | undefined>(undefined);
  #listeners = new Set<(runs: RunId[] | null) => void>();

  constructor(backend: Backend) {
    this.backend = backend;
    this.apps = new Remote(() => this.call("app.list", {}));
    this.machine = new Remote(() => this.call("machine.check", {}));
    this.recent = new Remote(() => this.call("run.list", { limit: 30 }));
    this.inbox = new Remote(() => this.call("inbox.list", { limit: 50 }));
  }

  /** Calls a command of the program. */
  call<C extends CommandName>(command: C, params: Params<C>): Promise<Answer<C>> {
    return this.backend.call(command, params);
  }

  /** Loads what every place shows and follows changes until the returned function is called. */
  start(): () => void {
    const lists = throttled(LISTS_MS, () => {
      void this.apps.load();
      void this.recent.load();
      void this.inbox.load();
    });
    const stopChanges = this.backend.changes({
      changed: (runs, topics = []) => {
        this.connected = true;
        // Leases are renewed all the time; nothing here shows them.
        const other = topics.some((topic) => topic !== "leases");
        if (runs.length === 0 && !other) return;
        lists.ask();
        for (const listener of this.#listeners) listener(other ? null : runs);
      },
      connected: (is) => {
        const back = is && !this.connected;
        this.connected = is;
        if (!back) return;
        lists.ask();
        for (const listener of this.#listeners) listener(null);
      },
    });
    const stopRouter = this.router.start();
    void this.apps.load();
    void this.recent.load();
    void this.inbox.load();
    // When it cannot be asked, the first refused call says why.
    void this.backend.mayChange().then(
      (may) => (this.mayChange = may),
      () => undefined,
    );
    return () => {
      stopChanges();
      stopRouter();
      lists.stop();
    };
  }

  /** Tells which runs changed; null: anything may have: the connection was lost, or something else changed. */
  onChange(listener: (runs: RunId[] | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How runs started here are marked. */
  get trigger(): Trigger {
    return this.backend.kind === "web" ? "web-page" : "window";
  }

  /** The app the verbs act on: the place's, or the only one. */
  get app(): AppView | undefined {
    const apps = this.apps.value ?? [];
    const name = this.appName;
    return name === undefined
      ? apps.length === 1
        ? apps[0]
        : undefined
      : apps.find((app) => app.app === name);
  }

  /** The app the place is about. */
  get appName(): string | undefined {
    const route = this.router.route;
    if ("app" in route) return route.app;
    if (route.place === "run") return this.shownRun?.app;
    if (route.place === "runs" || route.place === "releases") return route.query.get("app") ?? undefined;
    if (route.place === "fleet" || route.place === "apps") return this.selected?.app;
    return undefined;
  }

  /** Runs that were fetched one by one. */
  runPlace = $state<Record<RunId, { app: string; environment: string | null }>>({});

  /** What the run in front of the person is about. */
  get shownRun(): { app: string; environment: string | null } | undefined {
    const route = this.router.route;
    if (route.place !== "run") return undefined;
    return this.runPlace[route.run] ?? this.recent.value?.find((line) => line.run === route.run);
  }

  /** The environment of an app that the verbs act on. */
  environmentOf(app: AppView): string | undefined {
    const here = this.router.route.place === "fleet" && this.selected?.app === app.app;
    const chosen = (here && this.selected?.environment) || this.chosen[app.app];
    const known = app.environments.find((environment) => environment.name === chosen);
    return (known ?? app.environments[0])?.name;
  }

  /** Puts a newer view of an app into the list. */
  putApp(view: AppView): void {
    const apps = this.apps.value ?? [];
    const known = apps.some((app) => app.app === view.app);
    this.apps.set(known ? apps.map((app) => (app.app === view.app ? view : app)) : [...apps, view]);
  }
}

/** Shares the session with the components below. */
export function provideSession(session: Session): Session {
  return setContext(KEY, session);
}

/** The session of the page. */
export function useSession(): Session {
  return getContext<Session>(KEY);
}
