// Comparing what a person pastes with the keys a server shows.

import type { ServerKey } from "../api/generated";

/** What a pasted text says about the keys: nothing yet, one of them, or another key. */
export type Comparison = { is: "nothing" } | { is: "same"; key: ServerKey } | { is: "other" };

/** Compares. The text may be a whole line of `ssh-keygen -l`, or the fingerprint with or without `SHA256:`. */
export function compared(pasted: string, keys: readonly ServerKey[]): Comparison {
  const text = pasted.trim();
  if (text === "") return { is: "nothing" };
  const words = text.split(/\s+/).map(bare);
  const key = keys.find((key) => words.includes(bare(key.fingerprint)));
  return key ? { is: "same", key } : { is: "other" };
}

const bare = (word: string): string => word.replace(/^SHA256:/i, "").replace(/=+$/, "");
