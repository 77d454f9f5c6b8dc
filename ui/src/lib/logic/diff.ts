// A unified diff as lines with a meaning.

/** A line of a unified diff. */
export interface DiffLine {
  kind: "file" | "place" | "added" | "removed" | "same";
  text: string;
}

/** The lines of a unified diff; signs stay in the text so that it can be read without colour. */
export function diffLines(diff: string): DiffLine[] {
  return diff
    .replace(/\n$/, "")
    .split("\n")
    .map((text) => ({ kind: kindOf(text), text }));
}

function kindOf(text: string): DiffLine["kind"] {
  if (/^(---|\+\+\+|diff |index )/.test(text)) return "file";
  if (text.startsWith("@@")) return "place";
  if (text.startsWith("+")) return "added";
  return text.startsWith("-") ? "removed" : "same";
}
