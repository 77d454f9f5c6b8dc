// Which rows of a long list are in sight. Pure arithmetic, so that a million lines cost as much as fifty.

/** Tallest element browsers lay out reliably, in pixels. */
export const TALLEST = 15_000_000;

/** Number of visual rows of each line, with sums in logarithmic time (a Fenwick tree). */
export class RowIndex {
  #rows: Uint32Array = new Uint32Array(1024).fill(1);
  #sums: Uint32Array = new Uint32Array(1025);
  #length = 0;

  /** How many lines there are. */
  get length(): number {
    return this.#length;
  }

  /** Rows of all lines. */
  get total(): number {
    return this.before(this.#length);
  }

  /** Makes it `length` lines; new ones have one row. */
  resize(length: number): void {
    if (length > this.#rows.length) this.#grow(length);
    this.#length = length;
  }

  /** Sets all lines back to one row. */
  reset(): void {
    this.#rows.fill(1);
    this.#rebuild();
  }

  /** Sets the number of rows of a line. */
  set(line: number, rows: number): void {
    const difference = rows - (this.#rows[line] ?? 1);
    if (difference === 0) return;
    this.#rows[line] = rows;
    for (let i = line + 1; i < this.#sums.length; i += i & -i)
      this.#sums[i] = (this.#sums[i] ?? 0) + difference;
  }

  /** Rows of the lines before `line`. */
  before(line: number): number {
    let sum = 0;
    for (let i = line; i > 0; i -= i & -i) sum += this.#sums[i] ?? 0;
    return sum;
  }

  /** The line that has row `row`. */
  at(row: number): number {
    let place = 0;
    let left = row;
    for (let step = this.#rows.length; step > 0; step >>= 1) {
      const next = place + step;
      if (next < this.#sums.length && (this.#sums[next] ?? 0) <= left) {
        place = next;
        left -= this.#sums[next] ?? 0;
      }
    }
    return Math.min(place, Math.max(0, this.#length - 1));
  }

  #grow(length: number): void {
    let size = this.#rows.length;
    while (size < length) size *= 2;
    const rows = new Uint32Array(size).fill(1);
    rows.set(this.#rows);
    this.#rows = rows;
    this.#sums = new Uint32Array(size + 1);
    this.#rebuild();
  }

  #rebuild(): void {
    this.#sums.fill(0);
    for (let i = 1; i < this.#sums.length; i += 1) {
      this.#sums[i] = (this.#sums[i] ?? 0) + (this.#rows[i - 1] ?? 1);
      const parent = i + (i & -i);
      if (parent < this.#sums.length) this.#sums[parent] = (this.#sums[parent] ?? 0) + (this.#sums[i] ?? 0);
    }
  }

  constructor() {
    this.#rebuild();
  }
}

/** What a list of rows shows at a scroll position. */
export interface Sight {
  /** First line to draw. */
  first: number;
  /** The line after the last to draw. */
  end: number;
  /** Where the first line's top is, in pixels of the scrolled element. */
  top: number;
  /** Height of the scrolled element, in pixels. */
  height: number;
}

/** The lines in sight. Beyond [`TALLEST`] the scroll bar is a scale of the list instead of its length. */
export function sightOf(index: RowIndex, rowHeight: number, scrollTop: number, viewport: number): Sight {
  const full = index.total * rowHeight;
  const height = Math.min(full, TALLEST);
  const room = Math.max(0, height - viewport);
  const at = Math.min(Math.max(0, scrollTop), room);
  const offset = room === 0 ? 0 : at * ((full - viewport) / room);
  const first = Math.max(0, index.at(Math.floor(offset / rowHeight)) - 4);
  const end = Math.min(index.length, index.at(Math.ceil((offset + viewport) / rowHeight)) + 5);
  return { first, end, top: at - (offset - index.before(first) * rowHeight), height };
}

/** The scroll position that puts a line into the middle. */
export function scrollTo(index: RowIndex, rowHeight: number, line: number, viewport: number): number {
  const full = index.total * rowHeight;
  const height = Math.min(full, TALLEST);
  const room = Math.max(0, height - viewport);
  if (room === 0) return 0;
  const offset = index.before(line) * rowHeight - viewport / 2 + rowHeight / 2;
  return Math.min(room, Math.max(0, offset * (room / (full - viewport))));
}
