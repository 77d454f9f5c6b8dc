// A grid of which only the visible part is drawn: where things are, what is visible, where keys lead.

/** Beginnings of all items, and the end of the last one as the last number. */
export function offsets(sizes: readonly number[]): number[] {
  const starts = [0];
  for (const size of sizes) starts.push((starts.at(-1) ?? 0) + size);
  return starts;
}

/** Indexes from (included) and to (not included) of what lies between two positions, and `more` around it. */
export function visible(starts: readonly number[], begin: number, end: number, more = 2): [number, number] {
  const last = starts.length - 1;
  const from = Math.max(0, itemAt(starts, begin) - more);
  const to = Math.min(last, itemAt(starts, end) + 1 + more);
  return [from, Math.max(from, to)];
}

/** The item at a position. */
function itemAt(starts: readonly number[], position: number): number {
  let low = 0;
  let high = Math.max(0, starts.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Indexes from..to, and one that has to be there although it is elsewhere. */
export function range([from, to]: [number, number], also?: number): number[] {
  const all = Array.from({ length: to - from }, (_, i) => from + i);
  return also === undefined || (also >= from && also < to) ? all : [...all, also];
}

/** A place in a grid. */
export interface Place {
  row: number;
  column: number;
}

/** Where a key leads; null: it means nothing here. `page` is the number of rows of one page. */
export function keyed(
  { row, column }: Place,
  key: string,
  size: { rows: number; columns: number; page: number },
  control = false,
): Place | null {
  const lastRow = size.rows - 1;
  const lastColumn = size.columns - 1;
  const at = (r: number, c: number): Place => ({
    row: Math.min(lastRow, Math.max(0, r)),
    column: Math.min(lastColumn, Math.max(0, c)),
  });
  switch (key) {
    case "ArrowUp":
      return at(row - 1, column);
    case "ArrowDown":
      return at(row + 1, column);
    case "ArrowLeft":
      return at(row, column - 1);
    case "ArrowRight":
      return at(row, column + 1);
    case "Home":
      return at(control ? 0 : row, 0);
    case "End":
      return at(control ? lastRow : row, lastColumn);
    case "PageUp":
      return at(row - size.page, column);
    case "PageDown":
      return at(row + size.page, column);
    default:
      return null;
  }
}

/** The scroll position that shows begin..end in a view, moving as little as possible. */
export function reveal(scroll: number, view: number, begin: number, end: number): number {
  if (begin < scroll) return begin;
  return end > scroll + view ? end - view : scroll;
}
