// What a log view needs of its lines, wherever they come from: a run's record, or an app that writes on.

import type { CallError } from "../backend";
import type { RowIndex } from "../logic/rows";

/** A line as it is shown. */
export interface LogText {
  /** Its number, from 0. */
  line: number;
  at: string;
  /** `out`, `err` or `system`. */
  stream: string;
  text: string;
}

/** Lines that are read, searched and followed. */
export interface LogLines {
  readonly total: number;
  readonly error: CallError | undefined;
  /** Grows whenever lines arrived: what is drawn depends on it. */
  readonly revision: number;
  /** Whether the first answer came. */
  readonly known: boolean;
  /** Numbers of the lines that have the text that is searched for. */
  readonly hits: number[];
  /** Lines that were searched through so far. */
  readonly searched: number;
  readonly searching: boolean;
  readonly rows: RowIndex;
  /** A line, when it is there. */
  line(number: number): LogText | undefined;
  /** Brings the lines from `first` to before `end`. */
  want(first: number, end: number): void;
  /** Follows the end while `going()`, until the returned function is called. */
  follow(going: () => boolean): () => void;
  /** Finds the lines with a text. */
  find(text: string): Promise<void>;
  /** One question for lines with a text, beside the search that is shown. */
  ask(text: string, from: number, limit: number | null): Promise<{ lines: number[]; next: number | null }>;
  /** Every line, in portions. */
  all(): AsyncGenerator<LogText[]>;
}
