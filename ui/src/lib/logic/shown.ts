// Which lines of a log are shown when only those that were found are: the hits with some lines around each.

/** The numbers of the lines to show, in order, each once. */
export function shownLines(hits: readonly number[], around: number, total: number): number[] {
  const shown: number[] = [];
  let next = 0;
  for (const hit of hits) {
    const end = Math.min(total - 1, hit + around);
    for (let line = Math.max(next, hit - around); line <= end; line += 1) shown.push(line);
    next = Math.max(next, end + 1);
  }
  return shown;
}

/** Where a line stands in ordered numbers, or would stand. */
export function placeOf(lines: readonly number[], line: number): number {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle] ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last line of a failure's evidence that says something: what to look for in the log. */
export function tellingLine(detail: string | null): string | null {
  const lines = (detail ?? "").split("\n").map((line) => line.trim());
  return lines.findLast((line) => line.length >= 4) ?? null;
}
