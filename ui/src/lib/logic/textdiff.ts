// Two texts as the lines that went, came and stayed.

import type { DiffLine } from "./diff";

/** Beyond so many pairs of lines the middle is shown as gone and new at once: it stays quick with any text. */
const MOST = 4_000_000;

/** The lines of both, in order: what only `before` has is removed, what only `after` has is added. */
export function textDiff(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  return [
    ...a.slice(0, head).map(same),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map(same),
  ];
}

const same = (text: string): DiffLine => ({ kind: "same", text: ` ${text}` });
const removed = (text: string): DiffLine => ({ kind: "removed", text: `-${text}` });
const added = (text: string): DiffLine => ({ kind: "added", text: `+${text}` });

/** The longest common lines stay. */
function middle(a: string[], b: string[]): DiffLine[] {
  if (a.length * b.length > MOST) return [...a.map(removed), ...b.map(added)];
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(same(a[i] ?? ""));
      i += 1;
      j += 1;
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(removed(a[i] ?? ""));
      i += 1;
    } else {
      lines.push(added(b[j] ?? ""));
      j += 1;
    }
  }
  return lines;
}

/** Lines that changed with `around` lines about them; what is left out becomes one line. */
export function onlyChanges(lines: readonly DiffLine[], around = 3): DiffLine[] {
  const near = lines.map((_, i) => lines.slice(Math.max(0, i - around), i + around + 1).some(isChange));
  return lines.flatMap((line, i): DiffLine[] => {
    if (near[i]) return [line];
    return i === 0 || near[i - 1] ? [{ kind: "place", text: "…" }] : [];
  });
}

const isChange = (line: DiffLine) => line.kind === "added" || line.kind === "removed";
