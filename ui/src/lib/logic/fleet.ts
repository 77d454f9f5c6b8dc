// What the fleet shows, worked out of what the program says about it.

import type { FleetApp, FleetCell, FleetView, Need, NeedKind } from "../api/generated";
import { words } from "../words/en";
import type { Mark, Shape } from "./status";

/** How apps are put into groups. */
export type Grouping = "none" | "state" | "production";

/** A line of the matrix: a heading, or an app. */
export type Line =
  { kind: "group"; id: string; name: string; count: number } | { kind: "app"; id: string; app: FleetApp };

/** The shape and word of an environment. The most urgent of what is known comes first. */
export function cellMark(cell: FleetCell): Mark {
  if (cell.running) return { shape: "running", word: words.status.running };
  if (cell.last?.status === "needs-attention") return { shape: "look", word: words.status.look };
  if (cell.current && cell.health === "fails") return { shape: "failed", word: words.fleet.down };
  if (!cell.current) return { shape: "pending", word: words.fleet.empty };
  if (cell.halted) return { shape: "waiting", word: words.fleet.halted };
  if (cell.current.verdict === "no_go") return { shape: "look", word: words.verdict.no_go };
  const { hosts } = cell;
  if (hosts && hosts.current < hosts.all)
    return {
      shape: hosts.unreachable > 0 && hosts.current + hosts.unreachable === hosts.all ? "unknown" : "look",
      word: words.fleet.hosts(hosts.current, hosts.all),
    };
  if (cell.drift > 0) return { shape: "look", word: words.fleet.driftWord };
  // Recorded is not seen: only what was looked at is called live.
  if (cell.health === "unknown") return { shape: "unknown", word: words.fleet.recorded };
  return { shape: "done", word: words.status.live };
}

const NEEDS: Record<NeedKind, Shape> = {
  attention: "look",
  failed: "failed",
  verdict: "waiting",
  drift: "look",
  down: "failed",
  trust: "waiting",
  configuration: "look",
};

/** The shape and word of something that waits for a person. */
export function needMark(need: Need): Mark {
  return { shape: NEEDS[need.kind], word: words.fleet.needKind[need.kind] };
}

/** Names over all lists, each list's order kept as far as they agree. */
export function merged(lists: readonly (readonly string[])[]): string[] {
  const names: string[] = [];
  const known = new Set<string>();
  for (const list of lists) {
    let place = 0;
    for (const name of list) {
      if (known.has(name)) place = names.indexOf(name) + 1;
      else names.splice(place++, 0, name);
      known.add(name);
    }
  }
  return names;
}

/** Names of the environments of all apps, in promotion order. */
export function columns(apps: readonly FleetApp[]): string[] {
  return merged(apps.map((app) => app.environments.map((cell) => cell.environment)));
}

/** What of a fleet waits for a person, by app and environment; the app's own under "". */
export function needsByPlace(needs: readonly Need[]): Map<string, Need[]> {
  const places = new Map<string, Need[]>();
  for (const need of needs) {
    const key = placeKey(need.app, need.environment ?? "");
    places.set(key, [...(places.get(key) ?? []), need]);
  }
  return places;
}

/** A key for an app's environment. */
export function placeKey(app: string, environment: string): string {
  return `${app}/${environment}`;
}

/** The apps that have every word of a filter in their name, kind, environments, versions or states. */
export function filtered(apps: readonly FleetApp[], filter: string): readonly FleetApp[] {
  const wanted = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return apps;
  return apps.filter((app) => {
    const text = textOf(app);
    return wanted.every((word) => text.includes(word));
  });
}

const texts = new WeakMap<FleetApp, string>();

function textOf(app: FleetApp): string {
  const known = texts.get(app);
  if (known !== undefined) return known;
  const cells = app.environments.map((cell) =>
    [cell.environment, cell.target, cell.current?.version ?? "", cellMark(cell).word].join(" "),
  );
  const text = [app.app, app.kind, app.problem ? words.fleet.problem : "", ...cells].join("\n").toLowerCase();
  texts.set(app, text);
  return text;
}

/** Lines of the matrix in their groups. */
export function lines(apps: readonly FleetApp[], grouping: Grouping, needs: FleetView["needs"]): Line[] {
  if (grouping === "none") return apps.map(appLine);
  const waiting = new Set(needs.map((need) => need.app));
  const groupOf = grouping === "state" ? (app: FleetApp) => stateGroup(app, waiting) : productionGroup;
  const order =
    grouping === "state"
      ? (["needs", "running", "live", "nothing"] as const)
      : (["production", "before"] as const);
  return order.flatMap((group): Line[] => {
    const members = apps.filter((app) => groupOf(app) === group);
    if (members.length === 0) return [];
    const name = words.fleet.groupNames[group];
    return [{ kind: "group", id: `group ${group}`, name, count: members.length }, ...members.map(appLine)];
  });
}

function appLine(app: FleetApp): Line {
  return { kind: "app", id: app.app, app };
}

function stateGroup(app: FleetApp, waiting: ReadonlySet<string>) {
  if (waiting.has(app.app)) return "needs";
  if (app.environments.some((cell) => cell.running)) return "running";
  return app.environments.some((cell) => cell.current) ? "live" : "nothing";
}

function productionGroup(app: FleetApp) {
  return app.environments.some((cell) => cell.production && cell.current) ? "production" : "before";
}

/** The environment left of one that has a release. */
export function leftOf(app: FleetApp, environment: string): FleetCell | undefined {
  const at = app.environments.findIndex((cell) => cell.environment === environment);
  return app.environments.slice(0, Math.max(0, at)).findLast((cell) => cell.current);
}
