// The list of runs on the page: pages are fetched as a person reads on, the newest one again when something changes.

import type { RunId, RunLine } from "../api/generated";
import { filterOf, questionOf, type RunFilter } from "../logic/runfilter";
import { Deed, Remote } from "./remote.svelte";
import type { Session } from "./session.svelte";
import { throttled } from "./throttle";

const PAGE = 100;
const LIST_MS = 700;
const TYPING_MS = 200;

/** Runs a person looks for. */
export class RunHistory {
  filter = $state.raw<RunFilter>(filterOf(new URLSearchParams()));
  readonly newest: Remote<RunLine[]>;
  readonly more = new Deed();
  /** Whether the oldest run is there. */
  atEnd = $state(false);
  /** Runs to compare, at most two. */
  picked = $state.raw<RunId[]>([]);
  #older = $state.raw<RunLine[]>([]);
  #session: Session;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  constructor(session: Session) {
    this.#session = session;
    this.newest = new Remote(() => session.call("run.find", questionOf(this.filter, PAGE, null)));
  }

  /** Newest first, each once. */
  readonly all = $derived.by(() => {
    const newest = this.newest.value ?? [];
    const known = new Set(newest.map((line) => line.run));
    return [...newest, ...this.#older.filter((line) => !known.has(line.run))];
  });

  /** Follows changes until the returned function is called. */
  start(): () => void {
    const refetch = throttled(LIST_MS, () => void this.newest.load());
    const stop = this.#session.onChange(() => refetch.ask());
    return () => {
      stop();
      refetch.stop();
      clearTimeout(this.#timer);
    };
  }

  /** Looks for something else; while somebody types, after a short pause. */
  look(filter: RunFilter, typing = false): void {
    this.filter = filter;
    this.#turn += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#fresh(), typing ? TYPING_MS : 0);
  }

  async #fresh(): Promise<void> {
    const turn = this.#turn;
    await this.newest.load();
    if (turn !== this.#turn) return;
    this.#older = [];
    this.atEnd = (this.newest.value?.length ?? 0) < PAGE;
  }

  /** Fetches the next page, once at a time. */
  async goOn(): Promise<void> {
    const before = this.all.at(-1)?.run;
    if (this.atEnd || before === undefined || this.newest.busy) return;
    const turn = this.#turn;
    const page = await this.more.do(() =>
      this.#session.call("run.find", questionOf(this.filter, PAGE, before)),
    );
    if (!page || turn !== this.#turn) return;
    this.#older = [...this.#older, ...page];
    this.atEnd = page.length < PAGE;
  }

  /** Picks a run to compare, or lets it go. A third one takes the place of the first. */
  pick(run: RunId): void {
    this.picked = this.picked.includes(run)
      ? this.picked.filter((other) => other !== run)
      : [...this.picked.slice(-1), run];
  }
}
