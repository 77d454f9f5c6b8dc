// A run's log on the page: pages are fetched when they come into sight, lines stay where they are.

import type { LogLine, RunId, StepId } from "../api/generated";
import { CallError } from "../backend";
import { plainText } from "../logic/ansi";
import { RowIndex } from "../logic/rows";
import type { Session } from "./session.svelte";

/** Lines per page of the API. */
export const PAGE = 1000;
const FAST_MS = 250;
const SLOW_MS = 1000;

/** The log of a run, or of one of its steps. */
export class Log {
  total = $state(0);
  error = $state.raw<CallError | undefined>(undefined);
  /** Grows whenever lines arrived: what is drawn depends on it. */
  revision = $state(0);
  /** Whether the first answer came. */
  known = $state(false);
  hits = $state.raw<number[]>([]);
  searched = $state(0);
  readonly rows = new RowIndex();
  #session: Session;
  #run: RunId;
  #step: StepId | null;
  #pages = new Map<number, LogLine[]>();
  #asked = new Map<number, Promise<void>>();
  #search = 0;
  #stopped = false;

  constructor(session: Session, run: RunId, step: StepId | null) {
    this.#session = session;
    this.#run = run;
    this.#step = step;
  }

  /** A line, when it is loaded. */
  line(number: number): LogLine | undefined {
    return this.#pages.get(Math.floor(number / PAGE))?.[number % PAGE];
  }

  /** Loads the lines from `first` to before `end`. */
  want(first: number, end: number): void {
    for (let page = Math.floor(first / PAGE); page * PAGE < end; page += 1) {
      const full = this.#pages.get(page)?.length === PAGE;
      const complete = page * PAGE + (this.#pages.get(page)?.length ?? 0) >= this.total;
      if (!full && !complete) void this.#load(page);
    }
  }

  /** Follows the end of the log while `going()`, until the returned function is called. */
  follow(going: () => boolean): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let pause = FAST_MS;
    const tick = async () => {
      const before = this.total;
      // Asked before the answer: lines written up to the end of the run are then in it.
      const goOn = going();
      await this.#load(Math.floor(this.total / PAGE));
      pause = this.total > before ? FAST_MS : Math.min(SLOW_MS, pause * 1.5);
      if (!this.#stopped && (goOn || this.error)) timer = setTimeout(() => void tick(), pause);
    };
    void tick();
    return () => {
      this.#stopped = true;
      clearTimeout(timer);
    };
  }

  /** Finds the lines with a text, page by page, letting the page breathe. */
  async find(text: string): Promise<void> {
    const turn = (this.#search += 1);
    this.hits = [];
    this.searched = 0;
    const needle = text.toLowerCase();
    if (needle === "") return;
    const found: number[] = [];
    for (let page = 0; page * PAGE < this.total; page += 1) {
      if ((this.#pages.get(page)?.length ?? 0) < Math.min(PAGE, this.total - page * PAGE))
        await this.#load(page);
      else if (page % 50 === 49) await new Promise((resolve) => setTimeout(resolve));
      if (turn !== this.#search || this.#stopped) return;
      const lines = this.#pages.get(page) ?? [];
      lines.forEach((line, i) => {
        if (plainText(line.text).toLowerCase().includes(needle)) found.push(page * PAGE + i);
      });
      this.searched = page * PAGE + lines.length;
      if (page % 20 === 0) this.hits = [...found];
    }
    this.hits = found;
  }

  /** All loaded lines as plain text. */
  text(): string {
    const pages = [...this.#pages.keys()].sort((a, b) => a - b);
    return pages
      .flatMap((page) => (this.#pages.get(page) ?? []).map((line) => plainText(line.text)))
      .join("\n");
  }

  #load(page: number): Promise<void> {
    const asked = this.#asked.get(page) ?? this.#fetch(page).finally(() => this.#asked.delete(page));
    this.#asked.set(page, asked);
    return asked;
  }

  async #fetch(page: number): Promise<void> {
    try {
      const answer = await this.#session.call("log.lines", {
        run: this.#run,
        step: this.#step,
        from: page * PAGE,
        limit: PAGE,
      });
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
}
