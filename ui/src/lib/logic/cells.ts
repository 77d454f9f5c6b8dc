// What a card says about an environment.

import type { EnvironmentView } from "../api/generated";
import { words } from "../words/en";
import type { Mark } from "./status";

/** The shape and word of an environment. */
export function environmentMark(environment: EnvironmentView): Mark {
  if (environment.running) return { shape: "running", word: words.status.running };
  if (!environment.current) return { shape: "pending", word: words.status.nothing };
  if (environment.halted) return { shape: "waiting", word: words.fleet.halted };
  if (environment.current.verdict === "no_go") return { shape: "look", word: words.verdict.no_go };
  return { shape: "done", word: words.status.live };
}
