// Problems in the text: a sign beside the line, a wave under the place, and the sentence below.

import {
  RangeSet,
  StateEffect,
  StateField,
  type EditorState,
  type Extension,
  type Range,
} from "@codemirror/state";
import {
  Decoration,
  EditorView,
  gutter,
  GutterMarker,
  WidgetType,
  type DecorationSet,
} from "@codemirror/view";
import type { Problem } from "../../api/generated";
import { words } from "../../words/en";

/** Shows these problems in place of those before. */
export const showProblems = StateEffect.define<readonly Problem[]>();

interface Marks {
  text: DecorationSet;
  signs: RangeSet<GutterMarker>;
}

const NONE: Marks = { text: Decoration.none, signs: RangeSet.empty };

const field = StateField.define<Marks>({
  create: () => NONE,
  update(marks, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(showProblems)) return marksOf(transaction.state, effect.value);
    if (!transaction.docChanged) return marks;
    return { text: marks.text.map(transaction.changes), signs: marks.signs.map(transaction.changes) };
  },
  provide: (self) => EditorView.decorations.from(self, (marks) => marks.text),
});

function marksOf(state: EditorState, problems: readonly Problem[]): Marks {
  const text: Range<Decoration>[] = [];
  const signs: Range<GutterMarker>[] = [];
  for (const problem of problems) {
    const line = state.doc.line(Math.max(1, Math.min(problem.line, state.doc.lines)));
    const from = Math.min(line.to, line.from + problem.column - 1);
    const rest = /^"[^"]*"?|^[^\s=,\]})]+/.exec(state.sliceDoc(from, line.to))?.[0].length ?? 0;
    if (rest > 0)
      text.push(Decoration.mark({ class: `cm-problem cm-${problem.severity}` }).range(from, from + rest));
    text.push(Decoration.widget({ widget: new Sentence(problem), block: true, side: 1 }).range(line.to));
    signs.push(new Sign(problem.severity).range(line.from));
  }
  return { text: Decoration.set(text, true), signs: RangeSet.of(signs, true) };
}

/** The sentence below a line. */
class Sentence extends WidgetType {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super();
    this.problem = problem;
  }

  override eq(other: Sentence): boolean {
    return other.problem.message === this.problem.message && other.problem.hint === this.problem.hint;
  }

  override toDOM(): HTMLElement {
    const box = document.createElement("div");
    box.className = "cm-sentence";
    const { severity, message, hint } = this.problem;
    box.textContent = `${words.problems[severity]}: ${message}${hint ? ` → ${hint}` : ""}`.replaceAll(
      "`",
      "",
    );
    return box;
  }
}

const SVG = "http://www.w3.org/2000/svg";

/** The shape of the severity: octagon with cross, triangle with mark. */
class Sign extends GutterMarker {
  readonly severity: Problem["severity"];

  constructor(severity: Problem["severity"]) {
    super();
    this.severity = severity;
  }

  override eq(other: Sign): boolean {
    return other.severity === this.severity;
  }

  override toDOM(): Element {
    const svg = document.createElementNS(SVG, "svg");
    for (const [name, value] of [
      ["viewBox", "0 0 16 16"],
      ["width", "14"],
      ["height", "14"],
      ["role", "img"],
      ["aria-label", words.problems[this.severity]],
      ["class", `cm-sign cm-${this.severity}`],
    ] as const)
      svg.setAttribute(name, value);
    const error = this.severity === "error";
    svg.append(
      path(error ? "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" : "M8 1.2 15.4 14.5H.6z", "cm-shape"),
      path(error ? "M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4" : "M8 6v4M8 12.3v.2", "cm-cut"),
    );
    return svg;
  }
}

function path(d: string, name: string): Element {
  const element = document.createElementNS(SVG, "path");
  element.setAttribute("d", d);
  element.setAttribute("class", name);
  return element;
}

/** Problems as part of an editor. */
export const problemMarks: Extension = [
  field,
  gutter({
    class: "cm-signs",
    markers: (view) => view.state.field(field).signs,
    initialSpacer: () => new Sign("error"),
  }),
  EditorView.theme({
    ".cm-signs": { width: "20px" },
    ".cm-sign": { display: "block", margin: "3px" },
    ".cm-sign.cm-error .cm-shape": { fill: "var(--failed)" },
    ".cm-sign.cm-warning .cm-shape": { fill: "var(--look)" },
    ".cm-sign .cm-cut": {
      fill: "none",
      stroke: "var(--paper)",
      strokeWidth: "1.8",
      strokeLinecap: "round",
    },
    ".cm-problem": { textDecoration: "underline wavy var(--failed)", textUnderlineOffset: "3px" },
    ".cm-problem.cm-warning": { textDecorationColor: "var(--look)" },
    ".cm-sentence": {
      padding: "1px 12px 3px",
      fontFamily: "var(--sans)",
      fontSize: "12px",
      color: "var(--ink)",
      backgroundColor: "var(--ground)",
      borderLeft: "3px solid var(--line-2)",
    },
  }),
];
