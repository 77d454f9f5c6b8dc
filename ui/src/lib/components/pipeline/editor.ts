// The text editor of a pipeline. It lives in a shadow root: there CodeMirror puts its styles into a constructed sheet,
// which the page's content security policy allows, while a <style> element would be refused.

import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, undo } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  hoverTooltip,
  keymap,
  lineNumbers,
  type Tooltip,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import generated from "../../../../../docs/reference/seatrial.schema.json";
import type { Problem } from "../../api/generated";
import { explain, offersAt, placeOf, type Offer, type SchemaNode } from "../../logic/schema";
import { problemMarks, showProblems } from "./problemMarks";

const schema = generated as unknown as SchemaNode;

/** What an editor is made with. */
export interface EditorSetup {
  /** The element it fills. */
  host: HTMLElement;
  text: string;
  /** For people who do not see it. */
  label: string;
  readOnly: boolean;
  changed: (text: string) => void;
  save: () => void;
}

/** An editor in the page. */
export interface Editor {
  /** Replaces the whole text; undo brings the one before back. */
  setText(text: string): void;
  setProblems(problems: readonly Problem[]): void;
  /** Puts the cursor at a line and column, both from 1, and shows it. */
  goTo(line: number, column?: number): void;
  /** Puts a text in and selects part of the result. */
  insert(at: number, text: string, from: number, to: number): void;
  undo(): void;
  destroy(): void;
}

/** Makes an editor. */
export function createEditor(setup: EditorSetup): Editor {
  const root = setup.host.shadowRoot ?? setup.host.attachShadow({ mode: "open" });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({ doc: setup.text, extensions: extensions(setup) }),
  });
  const select = (from: number, to = from) => {
    view.dispatch({
      selection: { anchor: from, head: to },
      effects: EditorView.scrollIntoView(from, { y: "center" }),
    });
    view.focus();
  };
  return {
    setText: (text) => {
      if (text !== view.state.doc.toString())
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    setProblems: (problems) => view.dispatch({ effects: showProblems.of(problems) }),
    goTo: (line, column = 1) => {
      const found = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)));
      select(Math.min(found.to, found.from + column - 1));
    },
    insert: (at, text, from, to) => {
      view.dispatch({ changes: { from: at, insert: text } });
      select(from, to);
    },
    undo: () => undo(view),
    destroy: () => view.destroy(),
  };
}

function extensions(setup: EditorSetup): Extension[] {
  const save = () => {
    setup.save();
    return true;
  };
  return [
    lineNumbers(),
    highlightActiveLineGutter(),
    highlightActiveLine(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    closeBrackets(),
    StreamLanguage.define(toml),
    syntaxHighlighting(STYLE),
    autocompletion({ override: [complete], icons: false }),
    hoverTooltip(hover),
    problemMarks,
    keymap.of([
      { key: "Mod-s", run: save, preventDefault: true },
      { key: "Tab", run: acceptCompletion },
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...historyKeymap,
      ...defaultKeymap,
    ]),
    EditorView.contentAttributes.of({ "aria-label": setup.label, spellcheck: "false", tabindex: "0" }),
    EditorState.readOnly.of(setup.readOnly),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) setup.changed(update.state.doc.toString());
    }),
    THEME,
  ];
}

/** What the schema allows at the cursor. */
function complete(context: CompletionContext): CompletionResult | null {
  const place = placeOf(context.state.sliceDoc(0, context.pos));
  if (place.kind === "value" && !context.explicit && place.typed === "" && !afterEquals(context)) return null;
  if (place.kind !== "value" && place.typed === "" && !context.explicit) return null;
  const quoted = context.state.sliceDoc(context.pos - place.typed.length - 1, context.pos).startsWith('"');
  const options = offersAt(schema, place).map((offer) => option(offer, quoted));
  return options.length === 0
    ? null
    : { from: context.pos - place.typed.length, options, validFor: /^[A-Za-z0-9_-]*$/ };
}

const afterEquals = (context: CompletionContext) => context.matchBefore(/=\s*/) !== null;

function option(offer: Offer, quoted: boolean): Completion {
  return {
    label: offer.word,
    apply: quoted ? offer.word : offer.insert,
    detail: offer.detail,
    info: offer.about || undefined,
  } as Completion;
}

/** What the key under the pointer means. */
function hover(view: EditorView, position: number): Tooltip | null {
  const line = view.state.doc.lineAt(position);
  const offset = position - line.from;
  const word = [...line.text.matchAll(/[A-Za-z0-9_-]+/g)].find(
    (match) => match.index <= offset && offset <= match.index + match[0].length,
  );
  if (!word) return null;
  const end = line.from + word.index + word[0].length;
  const place = placeOf(view.state.sliceDoc(0, end));
  const found = place.kind === "value" ? null : explain(schema, [...place.path, place.typed]);
  if (!found) return null;
  return { pos: line.from + word.index, end, above: true, create: () => ({ dom: explanation(found) }) };
}

function explanation(offer: Offer): HTMLElement {
  const box = document.createElement("div");
  box.className = "cm-explanation";
  for (const [name, text] of [
    ["strong", offer.word],
    ["span", offer.detail],
    ["p", offer.about],
  ] as const) {
    const part = document.createElement(name);
    part.textContent = text;
    box.append(part);
  }
  return box;
}

/** No hue: that is for status. Weight and slant tell what is what. */
const STYLE = HighlightStyle.define([
  { tag: tags.atom, fontWeight: "700" },
  { tag: tags.propertyName, fontWeight: "600" },
  { tag: tags.comment, fontStyle: "italic", color: "var(--ink-2)" },
  { tag: tags.number, fontWeight: "600" },
]);

const THEME = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--paper)", fontSize: "13px" },
  // The frame around the editor shows the focus: an outline here would lie under the gutter.
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", overflow: "auto" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeft: "2px solid var(--ink)" },
  ".cm-gutters": {
    backgroundColor: "var(--ground)",
    color: "var(--ink-2)",
    borderRight: "1px solid var(--line)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--hover)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--mark) !important",
  },
  ".cm-tooltip": {
    border: "1px solid var(--line-2)",
    borderRadius: "6px",
    backgroundColor: "var(--raised)",
    color: "var(--ink)",
    boxShadow: "var(--shadow)",
    fontFamily: "var(--sans)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "224px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 8px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--ink)", color: "var(--paper)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionDetail": { fontStyle: "normal", fontSize: "12px", fontFamily: "var(--sans)" },
  ".cm-completionInfo": { padding: "8px 12px", maxWidth: "320px", fontSize: "13px" },
  ".cm-explanation": { padding: "8px 12px", maxWidth: "400px", fontSize: "13px" },
  ".cm-explanation span": { marginLeft: "8px", color: "var(--ink-2)" },
  ".cm-explanation p": { margin: "4px 0 0" },
});
