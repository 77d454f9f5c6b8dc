// An environment on a server as text for a pipeline, and how far a server's preparation is.

import type { PrepareProgress } from "../api/generated";
import type { Insertion } from "./snippets";
import type { Mark } from "./status";
import { words } from "../words/en";

/** Names that an environment gets first, and what follows when they are taken. */
const NAMES = ["prod", "staging"];

/** An environment on a server, at the end of the text; its name is selected. */
export function environmentOn(target: string, text: string): Insertion {
  const before = text === "" || text.endsWith("\n\n") ? "" : text.endsWith("\n") ? "\n" : "\n\n";
  const opening = `${before}[env.`;
  const name = freeName(text);
  const from = text.length + opening.length;
  const rest = `]\ntarget = ${JSON.stringify(target)}\n`;
  return { at: text.length, text: `${opening}${name}${rest}`, from, to: from + name.length };
}

function freeName(text: string): string {
  const taken = (name: string) =>
    new RegExp(`^[ \\t]*(\\[env\\.["']?${name}["']?[\\].]|["']?${name}["']?[ \\t]*=)`, "m").test(text);
  for (let n = 0; ; n += 1) {
    const name = NAMES[n] ?? `server${n}`;
    if (!taken(name)) return name;
  }
}

/** How a command of a preparation is; `index` from 0. */
export function commandMark(progress: PrepareProgress | undefined, index: number): Mark {
  if (!progress || index >= progress.number) return { shape: "pending", word: words.status.pending };
  const last = index === progress.number - 1;
  if (!last || progress.state === "done") return { shape: "done", word: words.status.done };
  if (progress.state === "running") return { shape: "running", word: words.status.running };
  if (progress.state === "failed") return { shape: "failed", word: words.status.failed };
  return { shape: "unknown", word: words.status.unknown };
}
