// A run's log on the page: pages are fetched when they come into sight, lines stay where they are.

import type { LogLine, RunId, StepId } from "../api/generated";
import { CallError } from "../backend";
import { RowIndex } from "../logic/rows";
import type { LogLines } from "./loglines";
import type { Session } from "./session.svelte";

/** Lines per page of the API. */
export const PAGE = 1000;
/** Pages that are kept; the ones farthest from what is read go first. */
const KEPT = 80;
const FAST_MS = 250;
const SLOW_MS = 1000;

/** The log of a run, or of one of its steps. */
export class Log implements LogLines {
  total = $state(0);
  error = $state.raw<CallError | undefined>(undefined);
  /** Grows whenever lines arrived: what is drawn depends on it. */
  revision = $state(0);
  /** Whether the first answer came. */
  known = $state(false);
  /** Numbers of the lines that have the text that is searched for. */
  hits = $state.raw<number[]>([]);
  /** Lines that were searched through so far. */
  searched = $state(0);
  searching = $state(false);
  readonly rows = new RowIndex();
  readonly step: StepId | null;
  #session: Session;
  #run: RunId;
  #pages = new Map<number, LogLine[]>();
  #asked = new Map<number, Promise<void>>();
  #needle = "";
  #search = 0;
  #stopped = false;

  constructor(session: Session, run: RunId, step: StepId | null) {
    this.#session = session;
    this.#run = run;
    this.step = step;
  }

  /** A line, when it is loaded. */
  line(number: number): LogLine | undefined {
    return this.#pages.get(Math.floor(number / PAGE))?.[number % PAGE];
  }

  /** Loads the lines from `first` to before `end`. */
  want(first: number, end: number): void {
    for (let page = Math.floor(first / PAGE); page * PAGE < end; page += 1) {
      const have = this.#pages.get(page)?.length ?? 0;
      if (have < PAGE && page * PAGE + have < this.total) void this.#load(page);
    }
    this.#forget(Math.floor(first / PAGE));
  }

  /** Follows the end of the log while `going()`, until the returned function is called. */
  follow(going: () => boolean): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let pause = FAST_MS;
    this.#stopped = false;
    const tick = async () => {
      const before = this.total;
      // Asked before the answer: lines written up to the end of the run are then in it.
      const goOn = going();
      await this.#load(Math.floor(this.total / PAGE));
      pause = this.total > before ? FAST_MS : Math.min(SLOW_MS, pause * 1.5);
      if (this.total > before && this.#needle !== "" && !this.searching) void this.#searchOn();
      if (!this.#stopped && (goOn || this.error)) timer = setTimeout(() => void tick(), pause);
    };
    void tick();
    return () => {
      this.#stopped = true;
      clearTimeout(timer);
    };
  }

  /** Finds the lines with a text. The program looks; hits come in portions, the first ones at once. */
  async find(text: string): Promise<void> {
    this.#search += 1;
    this.#needle = text;
    this.hits = [];
    this.searched = 0;
    this.searching = false;
    if (text !== "") await this.#searchOn();
  }

  async #searchOn(): Promise<void> {
    const turn = this.#search;
    this.searching = true;
    try {
      for (let from: number | null = this.searched; from !== null;) {
        const upTo = this.total;
        const { lines, next }: { lines: number[]; next: number | null } = await this.ask(this.#needle, from);
        if (turn !== this.#search || this.#stopped) return;
        if (lines.length > 0) this.hits = [...this.hits, ...lines];
        this.searched = next ?? Math.max(upTo, (lines.at(-1) ?? -1) + 1);
        from = next;
      }
      this.error = undefined;
    } catch (error) {
      if (turn === this.#search) this.error = CallError.from(error);
    } finally {
      if (turn === this.#search) this.searching = false;
    }
  }

  /** One question for lines with a text, beside the search that is shown. */
  ask(text: string, from: number, limit: number | null = null) {
    return this.#session.call("log.search", { run: this.#run, step: this.step, text, from, limit });
  }

  /** Every line, page by page, without keeping them. */
  async *all(): AsyncGenerator<LogLine[]> {
    for (let from = 0; !this.#stopped;) {
      const page = await this.#ask(from);
      if (page.lines.length === 0) return;
      yield page.lines;
      from = page.next;
      if (from >= page.total) return;
    }
  }

  #ask(from: number) {
    return this.#session.call("log.lines", { run: this.#run, step: this.step, from, limit: PAGE });
  }

  #load(page: number): Promise<void> {
    const asked = this.#asked.get(page) ?? this.#fetch(page).finally(() => this.#asked.delete(page));
    this.#asked.set(page, asked);
    return asked;
  }

  async #fetch(page: number): Promise<void> {
    try {
      const answer = await this.#ask(page * PAGE);
      const grown =
        answer.lines.length !== (this.#pages.get(page)?.length ?? 0) || answer.total !== this.total;
      this.#pages.set(page, answer.lines);
      this.total = Math.max(this.total, answer.total);
      this.rows.resize(this.total);
      this.error = undefined;
      this.known = true;
      if (grown) this.revision += 1;
    } catch (error) {
      this.error = CallError.from(error);
    }
  }

  #forget(near: number): void {
    if (this.#pages.size <= KEPT) return;
    const far = [...this.#pages.keys()].sort((a, b) => Math.abs(b - near) - Math.abs(a - near));
    for (const page of far.slice(0, this.#pages.size - KEPT)) this.#pages.delete(page);
  }
}
