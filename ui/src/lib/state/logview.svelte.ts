// What a person does with a log: searching, reading only what was found, marking a line, taking it along.

import type { StepState } from "../api/generated";
import { plainText } from "../logic/ansi";
import { RowIndex } from "../logic/rows";
import { placeOf, shownLines, tellingLine } from "../logic/shown";
import { count } from "../logic/time";
import { words } from "../words/en";
import { Deed } from "./remote.svelte";
import type { LogLines } from "./loglines";

/** Lines around each that was found. */
const AROUND = 2;
/** More is for a file, not for a clipboard. */
const LONGEST_COPY = 200_000;
/** Lines that are looked through for error output. */
const LOOKED = 200_000;

/** A view of a log. The log is another one when another step is chosen. */
export class LogView {
  /** What is typed. */
  text = $state("");
  /** What is searched for. */
  needle = $state("");
  /** Which of the hits is the present one. */
  at = $state(0);
  /** Only lines that were found, with some around. */
  only = $state(false);
  /** The line that is marked, from 0. */
  marked = $state<number | null>(null);
  /** What was done last, in words. */
  note = $state("");
  readonly deed = new Deed();
  readonly log: LogLines;
  readonly shown = $derived.by(() =>
    this.only && this.needle !== "" ? shownLines(this.log.hits, AROUND, this.log.total) : null,
  );
  readonly rows = $derived.by(() => {
    if (!this.shown) return this.log.rows;
    const rows = new RowIndex();
    rows.resize(this.shown.length);
    return rows;
  });

  constructor(log: LogLines) {
    this.log = log;
  }

  /** The number of the line at a place of the view. */
  lineAt(place: number): number {
    return this.shown ? (this.shown[place] ?? 0) : place;
  }

  /** The place of a line in the view. */
  placeOf(line: number): number {
    return this.shown ? placeOf(this.shown, line) : line;
  }

  /** The present hit. */
  get hit(): number | undefined {
    return this.needle === "" ? undefined : this.log.hits[this.at];
  }

  /** Searches, unless it is searched for already. */
  async seek(wanted: string): Promise<boolean> {
    if (wanted === this.needle) return false;
    this.needle = wanted;
    this.at = 0;
    await this.log.find(wanted);
    return wanted === this.needle;
  }

  /** Goes to a hit, around the end; its line, or null when nothing was found. */
  turn(by: number): number | null {
    const all = this.log.hits.length;
    if (all === 0) return null;
    this.at = (this.at + by + all) % all;
    return this.log.hits[this.at] ?? null;
  }

  /** The first line that tells of an error, and which kind of first that is. */
  async firstError(failed: StepState | undefined): Promise<number | null> {
    const found = await this.deed.do(async () => {
      const telling = tellingLine(failed?.failure?.detail ?? null);
      const hit = telling ? (await this.log.ask(telling, 0, 1)).lines[0] : undefined;
      if (hit !== undefined && telling) return { line: hit, note: words.logbook.firstOfFailure(telling) };
      const line = await this.#firstErr();
      return line === null ? null : { line, note: words.logbook.firstOfOutput };
    });
    if (this.deed.error) return null;
    this.note = found?.note ?? words.logbook.noError(LOOKED);
    return found?.line ?? null;
  }

  async #firstErr(): Promise<number | null> {
    for await (const lines of this.log.all()) {
      const err = lines.find((line) => line.stream === "err");
      if (err) return err.line;
      if ((lines.at(-1)?.line ?? 0) >= LOOKED) return null;
    }
    return null;
  }

  /** Copies what is selected inside `view`, or else every line. */
  async copy(view: HTMLElement): Promise<void> {
    const selection = getSelection();
    const chosen =
      selection && !selection.isCollapsed && view.contains(selection.anchorNode) ? selection.toString() : "";
    if (chosen !== "") return this.#put(chosen, words.logbook.copiedSelection);
    if (this.log.total > LONGEST_COPY) {
      this.note = words.logbook.tooLong(LONGEST_COPY);
      return;
    }
    await this.deed.do(async () => {
      const parts = await this.#collect(false);
      await this.#put(parts.join(""), words.logbook.copied(this.log.total));
    });
  }

  async #put(text: string, note: string): Promise<void> {
    await navigator.clipboard.writeText(text);
    this.note = note;
  }

  /** Puts every line into a file. `told`: whether somebody says what came of it. */
  async download(name: string, times: boolean, told: boolean): Promise<void> {
    await this.deed.do(async () => {
      const parts = await this.#collect(times);
      const address = URL.createObjectURL(new Blob(parts, { type: "text/plain;charset=utf-8" }));
      const link = document.createElement("a");
      link.href = address;
      link.download = name;
      link.click();
      // The browser has begun reading by then.
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
      this.note = told ? words.logbook.saving : words.logbook.downloaded(name);
    });
  }

  /** Pages as texts: a million lines are never one string in memory twice. */
  async #collect(times: boolean): Promise<string[]> {
    const parts: string[] = [];
    let done = 0;
    for await (const lines of this.log.all()) {
      parts.push(lines.map((line) => `${times ? `${line.at} ` : ""}${plainText(line.text)}\n`).join(""));
      done += lines.length;
      this.note = words.logbook.reading(count(done), count(this.log.total));
    }
    return parts;
  }
}
