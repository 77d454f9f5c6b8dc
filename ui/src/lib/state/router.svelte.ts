// Where the person is: the hash of the address, so that every place has a link.

/** Places whose address is their name alone. */
const PLAIN = ["evaluate", "maturity", "journal", "library", "inbox", "settings"] as const;
type Plain = (typeof PLAIN)[number];

/** A place of the page. */
export type Route =
  | { place: "fleet"; query: URLSearchParams }
  | { place: "welcome" }
  | { place: "apps" }
  | { place: "import"; app: string; query: URLSearchParams }
  | { place: "app"; app: string }
  | { place: "plan"; app: string; query: URLSearchParams }
  | { place: "pipeline"; app: string; query: URLSearchParams }
  | { place: "releases"; query: URLSearchParams }
  | { place: "release"; app: string; release: string }
  | { place: "difference"; app: string; query: URLSearchParams }
  | { place: "environments"; query: URLSearchParams }
  | { place: "servers"; target: string | null }
  | { place: "environment"; app: string; environment: string }
  | { place: "runs"; query: URLSearchParams }
  | { place: "run"; run: string; query: URLSearchParams }
  | { place: "compare"; run: string; other: string | null }
  | { place: "help"; page: string | null; part: string | null }
  | { place: Plain }
  | { place: "unknown"; path: string };

/** The place a hash names. */
export function routeOf(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const query = new URLSearchParams(search);
  const parts = path.split("/").filter(Boolean).map(decode);
  const [first, second, third, fourth] = parts;
  if (first === undefined) return { place: "fleet", query };
  if (first === "app" && second && third === undefined) return { place: "app", app: second };
  if (first === "app" && second && third === "plan" && parts.length === 3)
    return { place: "plan", app: second, query };
  if (first === "app" && second && third === "pipeline" && fourth === undefined)
    return { place: "pipeline", app: second, query };
  if (first === "app" && second && third === "compare" && fourth === undefined)
    return { place: "difference", app: second, query };
  if (first === "app" && second && third === "release" && fourth && parts.length === 4)
    return { place: "release", app: second, release: fourth };
  if (first === "app" && second && third === "environment" && fourth && parts.length === 4)
    return { place: "environment", app: second, environment: fourth };
  if (first === "releases" && second === undefined) return { place: "releases", query };
  if (first === "environments" && second === undefined) return { place: "environments", query };
  if (first === "servers" && second === undefined) return { place: "servers", target: query.get("target") };
  if (first === "app" && second && third === "import" && parts.length === 3)
    return { place: "import", app: second, query };
  if (first === "runs" && second === undefined) return { place: "runs", query };
  if (first === "run" && second && third === undefined) return { place: "run", run: second, query };
  if (first === "run" && second && third === "compare" && parts.length === 3)
    return { place: "compare", run: second, other: query.get("with") };
  if (first === "help" && parts.length <= 3)
    return { place: "help", page: second ?? null, part: third ?? null };
  if (second !== undefined) return { place: "unknown", path };
  if (first === "welcome" || first === "apps") return { place: first };
  const plain = PLAIN.find((place) => place === first);
  if (plain) return { place: plain };
  return { place: "unknown", path };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Links to places. */
export const links = {
  fleet: "#/",
  /** A cell of the fleet with its details. */
  cell: (app: string, environment: string | null) => `#/${search({ app, env: environment })}`,
  welcome: "#/welcome",
  apps: "#/apps",
  app: (app: string) => `#/app/${encodeURIComponent(app)}`,
  plan: (app: string, query: Record<string, string | null | undefined>) =>
    `#/app/${encodeURIComponent(app)}/plan${search(query)}`,
  /** What another tool's configuration of an app's folder would become; `toPlan`: on the way to the plan. */
  import: (app: string, toPlan: boolean) =>
    `#/app/${encodeURIComponent(app)}/import${search({ then: toPlan ? "plan" : null })}`,
  pipeline: (app: string, query: Record<string, string | null | undefined> = {}) =>
    `#/app/${encodeURIComponent(app)}/pipeline${search(query)}`,
  releases: (query: Record<string, string | null | undefined> = {}) => `#/releases${search(query)}`,
  release: (app: string, release: string) =>
    `#/app/${encodeURIComponent(app)}/release/${encodeURIComponent(release)}`,
  difference: (app: string, query: Record<string, string | null | undefined> = {}) =>
    `#/app/${encodeURIComponent(app)}/compare${search(query)}`,
  environments: (query: Record<string, string | null | undefined> = {}) => `#/environments${search(query)}`,
  /** The servers, or one of them. */
  servers: (target?: string) => `#/servers${search({ target })}`,
  environment: (app: string, environment: string) =>
    `#/app/${encodeURIComponent(app)}/environment/${encodeURIComponent(environment)}`,
  runs: (query: Record<string, string | null | undefined> = {}) => `#/runs${search(query)}`,
  run: (run: string, query: Record<string, string | null | undefined> = {}) =>
    `#/run/${encodeURIComponent(run)}${search(query)}`,
  compare: (run: string, other?: string | null) =>
    `#/run/${encodeURIComponent(run)}/compare${search({ with: other })}`,
  evaluate: "#/evaluate",
  maturity: "#/maturity",
  journal: "#/journal",
  library: "#/library",
  inbox: "#/inbox",
  settings: "#/settings",
  /** A page of the guide, and a part of it. */
  help: (page?: string, part?: string) =>
    ["#/help", page, part].filter((word): word is string => Boolean(word)).join("/"),
};

function search(query: Record<string, string | null | undefined>): string {
  const entries = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return entries.length === 0 ? "" : `?${new URLSearchParams(entries).toString()}`;
}

/** The current place. */
export class Router {
  route = $state<Route>(routeOf(location.hash));
  /** Grows with each change of place: the shell moves the focus then. */
  visits = $state(0);
  /** Asked before the place changes; with `false` it stays, and whoever asked goes on when the person decided. */
  guard: ((link: string) => boolean) | null = null;
  #here = location.hash;

  /** Follows the address until the returned function is called. */
  start(): () => void {
    const follow = () => {
      if (this.guard?.(location.hash) === false) return history.replaceState(null, "", this.#here || "#/");
      this.#here = location.hash;
      this.route = routeOf(location.hash);
      this.visits += 1;
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }

  /** Goes to a link. */
  go(link: string): void {
    location.hash = link;
  }
}
