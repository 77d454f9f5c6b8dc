// Where the person is: the hash of the address, so that every place has a link.

/** A place of the page. */
export type Route =
  | { place: "fleet" }
  | { place: "app"; app: string }
  | { place: "plan"; app: string; query: URLSearchParams }
  | { place: "runs"; query: URLSearchParams }
  | { place: "run"; run: string; query: URLSearchParams }
  | { place: "evaluate" }
  | { place: "maturity" }
  | { place: "unknown"; path: string };

/** The place a hash names. */
export function routeOf(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const query = new URLSearchParams(search);
  const parts = path.split("/").filter(Boolean).map(decode);
  const [first, second, third] = parts;
  if (first === undefined) return { place: "fleet" };
  if (first === "app" && second && third === undefined) return { place: "app", app: second };
  if (first === "app" && second && third === "plan" && parts.length === 3)
    return { place: "plan", app: second, query };
  if (first === "runs" && second === undefined) return { place: "runs", query };
  if (first === "run" && second && third === undefined) return { place: "run", run: second, query };
  if (first === "evaluate" && second === undefined) return { place: "evaluate" };
  if (first === "maturity" && second === undefined) return { place: "maturity" };
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
  app: (app: string) => `#/app/${encodeURIComponent(app)}`,
  plan: (app: string, query: Record<string, string | null | undefined>) =>
    `#/app/${encodeURIComponent(app)}/plan${search(query)}`,
  runs: (query: Record<string, string | null | undefined> = {}) => `#/runs${search(query)}`,
  run: (run: string) => `#/run/${encodeURIComponent(run)}`,
  evaluate: "#/evaluate",
  maturity: "#/maturity",
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

  /** Follows the address until the returned function is called. */
  start(): () => void {
    const follow = () => {
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
