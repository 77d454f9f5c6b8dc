// What an app writes while it runs, on the page: the newest lines are kept, and followed while somebody looks.

import type { OutputLine, OutputPage, OutputState, Slot } from "../api/generated";
import { CallError } from "../backend";
import { plainText } from "../logic/ansi";
import { RowIndex } from "../logic/rows";
import type { LogLines, LogText } from "./loglines";
import type { Session } from "./session.svelte";

/** Lines that are kept on the page. */
export const KEPT = 20_000;
/** So many more may be there before old ones go: dropping them one by one would cost as much each time. */
const SPARE = 2_000;
/** Longest wait of the program for something new. */
const WAIT_MS = 2_000;
/** Pause between two questions, so that a flood of lines leaves the page time to draw. */
const PAUSE_MS = 200;
/** Pause after a question that failed. */
const AGAIN_MS = 2_000;

/** What an environment's app writes. */
export class LiveLog implements LogLines {
  total = $state(0);
  error = $state.raw<CallError | undefined>(undefined);
  revision = $state(0);
  known = $state(false);
  hits = $state.raw<number[]>([]);
  searched = $state(0);
  searching = $state(false);
  /** How reading is. */
  state = $state<OutputState>("connecting");
  /** The slot that is read. */
  slot = $state<Slot | null>(null);
  /** Why it was lost. */
  message = $state<string | null>(null);
  readonly rows = new RowIndex();
  readonly #session: Session;
  readonly #app: string;
  readonly #environment: string;
  readonly #wanted: Slot | null;
  readonly #server: string | null;
  readonly #worker: string | null;
  #lines: LogText[] = [];
  /** Number of the first line that is kept. */
  #first = 0;
  #feed: number | null = null;
  #next = 0;
  #seen: number | null = null;
  #needle = "";

  constructor(
    session: Session,
    app: string,
    environment: string,
    slot: Slot | null,
    server: string | null = null,
    worker: string | null = null,
  ) {
    this.#session = session;
    this.#app = app;
    this.#environment = environment;
    this.#wanted = slot;
    this.#server = server;
    this.#worker = worker;
  }

  /** A line; undefined when it is older than what is kept. */
  line(number: number): LogText | undefined {
    return this.#lines[number - this.#first];
  }

  /** Lines come by themselves. */
  want(): void {
    // What is not here any more cannot be brought back.
  }

  follow(going: () => boolean): () => void {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      let pause = PAUSE_MS;
      try {
        const page = await this.#ask();
        if (stopped) return;
        this.#take(page);
        this.error = undefined;
      } catch (error) {
        if (stopped) return;
        this.error = CallError.from(error);
        pause = AGAIN_MS;
      }
      if (going()) timer = setTimeout(() => void ask(), pause);
    };
    void ask();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }

  find(text: string): Promise<void> {
    this.#needle = text;
    this.hits = [];
    this.searched = this.#first;
    if (text !== "") this.#searchOn();
    return Promise.resolve();
  }

  ask(text: string, from: number, limit: number | null) {
    const needle = text.toLowerCase();
    const found = this.#lines.filter((line) => line.line >= from && has(line, needle));
    const lines = found.map((line) => line.line).slice(0, limit ?? undefined);
    return Promise.resolve({ lines, next: null });
  }

  async *all(): AsyncGenerator<LogText[]> {
    yield await Promise.resolve([...this.#lines]);
  }

  #ask(): Promise<OutputPage> {
    return this.#session.call("environment.output", {
      app: this.#app,
      environment: this.#environment,
      server: this.#server,
      slot: this.#wanted,
      worker: this.#worker,
      follow: true,
      feed: this.#feed,
      from: this.#next,
      seen: this.#seen,
      wait_ms: WAIT_MS,
    });
  }

  #take(page: OutputPage): void {
    // The program was started again, or nobody had asked for a while: its lines are counted anew.
    if (page.feed !== this.#feed) this.#begin(page.feed);
    this.state = page.state;
    this.slot = page.slot;
    this.message = page.message;
    this.known = page.state !== "connecting";
    this.#next = page.next;
    this.#seen = page.next < page.total ? null : page.revision;
    if (page.lines.length === 0) return;
    this.#add(page.lines);
    this.total = page.next;
    this.rows.resize(this.total);
    this.revision += 1;
    if (this.#needle !== "") this.#searchOn();
  }

  #begin(feed: number): void {
    this.#feed = feed;
    this.#lines = [];
    this.#first = 0;
    this.total = 0;
    this.rows.resize(0);
    this.hits = [];
    this.searched = 0;
    this.revision += 1;
  }

  #add(lines: OutputLine[]): void {
    const first = lines[0]?.line ?? 0;
    // Lines that were dropped before we asked leave no hole.
    if (first !== this.#first + this.#lines.length) {
      this.#lines = [];
      this.#first = first;
    }
    this.#lines.push(...lines.map(named));
    if (this.#lines.length > KEPT + SPARE) {
      const old = this.#lines.length - KEPT;
      this.#lines.splice(0, old);
      this.#first += old;
      this.hits = this.hits.filter((line) => line >= this.#first);
    }
  }

  #searchOn(): void {
    const needle = this.#needle.toLowerCase();
    const fresh = this.#lines.slice(Math.max(0, this.searched - this.#first));
    const found = fresh.filter((line) => has(line, needle)).map((line) => line.line);
    if (found.length > 0) this.hits = [...this.hits, ...found];
    this.searched = this.#first + this.#lines.length;
  }
}

/** Of several servers each line begins with the name of its own. */
function named(line: OutputLine): LogText {
  const { line: number, at, stream, server, text } = line;
  return { line: number, at, stream, text: server ? `\u001b[2m${server}\u001b[22m  ${text}` : text };
}

function has(line: LogText, needle: string): boolean {
  return plainText(line.text).toLowerCase().includes(needle);
}
