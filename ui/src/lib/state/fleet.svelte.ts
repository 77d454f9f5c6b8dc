// The fleet in front of a person: what is shown of it, how, and what is chosen.

import type { FleetApp, FleetCell, FleetView } from "../api/generated";
import { columns, filtered, lines, needsByPlace, placeKey, type Grouping, type Line } from "../logic/fleet";
import type { Place } from "../logic/grid";
import { Remote } from "./remote.svelte";
import type { Session } from "./session.svelte";
import { throttled } from "./throttle";

const FLEET_MS = 700;
/** When a fleet that was opened is asked for again while something of it was not looked at, and then how often. */
const SOON_MS = [1500, 4000, 10_000];
const AGAIN_MS = 60_000;
/** Environments looked at in one go, and side by side. */
const LOOK_MOST = 50;
const LOOK_AT_ONCE = 3;
const KEPT = "seatrial-fleet";

/** How close together lines are. */
export type Density = "roomy" | "dense";

/** A way to look at the fleet, kept under a name. */
export interface View {
  name: string;
  filter: string;
  grouping: Grouping;
  density: Density;
}

interface Kept {
  grouping: Grouping;
  density: Density;
  views: View[];
}

/** The fleet on the page. */
export class FleetBoard {
  readonly fleet: Remote<FleetView>;
  filter = $state("");
  grouping = $state<Grouping>("none");
  density = $state<Density>("roomy");
  views = $state.raw<View[]>([]);
  /** The cell that has the keys; column 0 is the app itself. */
  active = $state<Place>({ row: 0, column: 0 });
  /** Whether its details are open. */
  open = $state(false);
  /** Whether something is live anywhere, which the program could see more of, and which grows old. */
  readonly runsAnything = $derived.by(() =>
    (this.fleet.value?.apps ?? []).some((app) => app.environments.some((cell) => cell.current !== null)),
  );
  readonly columns = $derived.by(() => columns(this.fleet.value?.apps ?? []));
  readonly shown = $derived.by(() => filtered(this.fleet.value?.apps ?? [], this.filter));
  readonly lines = $derived.by(() => lines(this.shown, this.grouping, this.fleet.value?.needs ?? []));
  readonly needs = $derived.by(() => needsByPlace(this.fleet.value?.needs ?? []));
  /** How far looking at environments is; undefined: nobody looks. */
  looking = $state.raw<{ done: number; all: number } | undefined>(undefined);
  #session: Session;
  #took = 0;

  constructor(session: Session) {
    this.#session = session;
    this.fleet = new Remote(async () => {
      const began = performance.now();
      const fleet = await session.call("fleet.get", {});
      this.#took = performance.now() - began;
      return fleet;
    });
    const kept = read();
    this.grouping = kept.grouping;
    this.density = kept.density;
    this.views = kept.views;
  }

  /** Follows changes until the returned function is called. */
  start(): () => void {
    // A fleet that takes long to come is asked for less often, so that it never keeps the page busy.
    const refetch = throttled(
      () => Math.max(FLEET_MS, this.#took * 10),
      () => void this.fleet.load(),
    );
    refetch.ask();
    const stop = this.#session.onChange(() => refetch.ask());
    // The program looks at environments when it is asked, and only then; what it sees is in a later answer.
    const soon = SOON_MS.map((ms) => setTimeout(() => this.unseen.length > 0 && refetch.ask(), ms));
    const again = setInterval(() => !document.hidden && this.runsAnything && refetch.ask(), AGAIN_MS);
    return () => {
      stop();
      soon.forEach(clearTimeout);
      clearInterval(again);
      refetch.stop();
    };
  }

  /** The app of a line; undefined for a heading. */
  appAt(row: number): FleetApp | undefined {
    const line = this.lines[row];
    return line?.kind === "app" ? line.app : undefined;
  }

  /** The environment at a place, when the app has it. */
  cellAt({ row, column }: Place): FleetCell | undefined {
    const name = this.columns[column - 1];
    return this.appAt(row)?.environments.find((cell) => cell.environment === name);
  }

  /** What waits for a person in an app's environment; without one, in the app itself. */
  needsOf(app: string, environment = "") {
    return this.needs.get(placeKey(app, environment)) ?? [];
  }

  /** Makes a place the active one; headings are passed in the direction of movement. */
  go(place: Place): void {
    let { row } = place;
    const step = row < this.active.row ? -1 : 1;
    while (this.lines[row]?.kind === "group" && row + step >= 0 && row + step < this.lines.length)
      row += step;
    if (this.lines[row]?.kind === "group") row = this.active.row;
    this.active = { row, column: place.column };
    this.choose();
  }

  /** Makes an app's environment the active place, if it is shown. */
  goTo(app: string, environment: string | null): boolean {
    const row = this.lines.findIndex((line) => line.kind === "app" && line.app.app === app);
    if (row < 0) return false;
    this.active = { row, column: environment === null ? 0 : this.columns.indexOf(environment) + 1 };
    this.choose();
    return true;
  }

  /** After lines have moved: the chosen cell is still the active one, or the first one is. */
  stay(): void {
    const chosen = this.#session.selected;
    if (chosen && this.goTo(chosen.app, chosen.environment)) return;
    this.active = { row: firstApp(this.lines), column: 0 };
  }

  /** The verbs of the top bar mean what is chosen here. */
  choose(): void {
    const app = this.appAt(this.active.row)?.app;
    const environment = this.cellAt(this.active)?.environment ?? null;
    this.#session.selected = app === undefined ? undefined : { app, environment };
  }

  /** Environments with a release that nobody has looked at since the program started, of the apps that are shown. */
  readonly unseen = $derived.by(() =>
    this.shown.flatMap((app) =>
      app.environments
        .filter((cell) => cell.current !== null && cell.health === "unknown")
        .map((cell) => ({ app: app.app, environment: cell.environment })),
    ),
  );

  /** Lets the program look at environments now, a few at a time, and shows what was seen. */
  async look(places: readonly { app: string; environment: string }[]): Promise<void> {
    if (this.looking || places.length === 0) return;
    const all = Math.min(places.length, LOOK_MOST);
    this.looking = { done: 0, all };
    const rest = places.slice(0, all);
    const worker = async () => {
      for (let place = rest.shift(); place; place = rest.shift()) {
        // One that cannot be looked at stays unknown; the others go on.
        await this.#session.call("environment.get", place).catch(() => undefined);
        this.looking = { done: (this.looking?.done ?? 0) + 1, all };
      }
    };
    await Promise.all(Array.from({ length: LOOK_AT_ONCE }, worker));
    this.looking = undefined;
    await this.fleet.load();
  }

  /** Keeps how the fleet is looked at. */
  arrange(more: Partial<Pick<View, "filter" | "grouping" | "density">>): void {
    if (more.filter !== undefined) this.filter = more.filter;
    if (more.grouping !== undefined) this.grouping = more.grouping;
    if (more.density !== undefined) this.density = more.density;
    this.#write();
  }

  /** Keeps the present way to look under a name. */
  keep(name: string): void {
    const view = { name, filter: this.filter, grouping: this.grouping, density: this.density };
    this.views = [...this.views.filter((other) => other.name !== name), view];
    this.#write();
  }

  /** Forgets a view. */
  drop(name: string): void {
    this.views = this.views.filter((view) => view.name !== name);
    this.#write();
  }

  #write(): void {
    const kept: Kept = { grouping: this.grouping, density: this.density, views: this.views };
    localStorage.setItem(KEPT, JSON.stringify(kept));
  }
}

function firstApp(all: readonly Line[]): number {
  return Math.max(
    0,
    all.findIndex((line) => line.kind === "app"),
  );
}

function read(): Kept {
  const usual: Kept = { grouping: "none", density: "roomy", views: [] };
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    return typeof kept === "object" && kept !== null ? { ...usual, ...kept } : usual;
  } catch {
    return usual;
  }
}
