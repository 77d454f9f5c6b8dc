// Known practices as steps to put into a pipeline's text.

import type { Practice } from "../api/generated";

/** A phase that takes steps of one's own. */
export type OwnPhase = "build" | "evaluate";

/** A known practice. */
export interface Snippet {
  phase: OwnPhase;
  practice: Practice;
  /** Commands by kind of project; the first one where the kind is not known. */
  commands: readonly (readonly [kind: string, command: string])[];
}

/** What can be inserted, in the catalogue's order. */
export const SNIPPETS: readonly Snippet[] = [
  {
    phase: "build",
    practice: "lint",
    commands: [
      ["", "make lint"],
      ["Python", "ruff check ."],
      ["Node", "npm run lint"],
      ["Go", "go vet ./..."],
      ["Rust", "cargo clippy --all-targets -- -D warnings"],
    ],
  },
  {
    phase: "build",
    practice: "dependencies",
    commands: [
      ["", "make dependencies"],
      ["Python", "pip check"],
      ["Node", "npm ls --all"],
      ["Go", "go mod verify"],
      ["Rust", "cargo tree --locked"],
    ],
  },
  {
    phase: "build",
    practice: "vulnerability-check",
    commands: [
      ["", "make audit"],
      ["Python", "pip-audit"],
      ["Node", "npm audit --omit=dev"],
      ["Go", "govulncheck ./..."],
      ["Rust", "cargo audit"],
    ],
  },
  {
    phase: "build",
    practice: "unit-test",
    commands: [
      ["", "make test"],
      ["Python", "pytest -q"],
      ["Node", "npm test"],
      ["Go", "go test ./..."],
      ["Rust", "cargo test"],
    ],
  },
  { phase: "build", practice: "review", commands: [["", "git log -1 --format=%B | grep -q Reviewed-by"]] },
  {
    phase: "evaluate",
    practice: "integration-test",
    commands: [["", 'tests/against.sh "$SEATRIAL_URL"']],
  },
  {
    phase: "evaluate",
    practice: "acceptance-test",
    commands: [["", 'tests/acceptance.sh "$SEATRIAL_URL"']],
  },
  {
    phase: "evaluate",
    practice: "performance-test",
    commands: [["", 'tests/performance.sh "$SEATRIAL_URL"']],
  },
  {
    phase: "evaluate",
    practice: "security-assessment",
    commands: [["", 'tests/security.sh "$SEATRIAL_URL"']],
  },
  { phase: "evaluate", practice: "kpi", commands: [["", 'tests/kpi.sh "$SEATRIAL_URL"']] },
];

/** The command for a kind of project ("Python project"). */
export function commandFor(snippet: Snippet, kind: string): string {
  const known = snippet.commands.find(([name]) => name !== "" && kind.startsWith(name));
  return (known ?? snippet.commands[0])?.[1] ?? "";
}

/** A text to put into another one. */
export interface Insertion {
  /** Where, in characters from the beginning. */
  at: number;
  text: string;
  /** What to select then: the command. */
  from: number;
  to: number;
}

/** The step, at the end of its phase's tables: before the next table of something else. */
export function insertionOf(text: string, snippet: Snippet, kind: string): Insertion {
  const command = JSON.stringify(commandFor(snippet, kind));
  const table = `[${snippet.phase}.steps.${snippet.practice}]`;
  const at = endOfPhase(text, snippet.phase);
  const before = at === 0 || text.slice(0, at).endsWith("\n\n") ? "" : text[at - 1] === "\n" ? "\n" : "\n\n";
  const opening = `${before}${table}\nrun = `;
  const from = at + opening.length + 1;
  const closing = at === text.length ? "\n" : "\n\n";
  return { at, text: `${opening}${command}${closing}`, from, to: from + command.length - 2 };
}

function endOfPhase(text: string, phase: OwnPhase): number {
  const headers = [...text.matchAll(/^[ \t]*\[\[?([^\]\n]+)\]/gm)];
  const own = headers.filter((header) => (header[1] ?? "").trim().split(".")[0] === phase);
  const last = own.at(-1);
  if (!last) {
    // Where nothing of the phase is there: before the environments, which close the file.
    const places = headers.find((header) => (header[1] ?? "").trim().split(".")[0] === "env");
    return places ? startOf(text, places.index) : text.length;
  }
  const next = headers.find((header) => header.index > last.index);
  return next ? startOf(text, next.index) : text.length;
}

/** The beginning of a table with the comments right above it. */
function startOf(text: string, header: number): number {
  const lines = text.slice(0, header).split("\n");
  let from = header;
  for (let i = lines.length - 2; i >= 0 && (lines[i] ?? "").trimStart().startsWith("#"); i -= 1)
    from -= (lines[i] ?? "").length + 1;
  return from;
}
