// What a person looks for in the list of runs: in the address, in the fields, and as the program is asked.

import type { RunStatus } from "../api/generated";
import type { Params } from "../backend";

/** States a person chooses from; each is one or several statuses. */
export const STATES = {
  going: ["queued", "waiting", "running", "undoing"],
  done: ["succeeded"],
  failed: ["failed"],
  attention: ["needs-attention"],
  cancelled: ["cancelled"],
} as const satisfies Record<string, readonly RunStatus[]>;

/** A state to choose. */
export type State = keyof typeof STATES;

/** The fields. Empty: everything. */
export interface RunFilter {
  app: string;
  env: string;
  state: State | "";
  who: string;
  text: string;
}

/** The filter an address names; what it does not know is left out. */
export function filterOf(query: URLSearchParams): RunFilter {
  const state = query.get("state") ?? "";
  return {
    app: query.get("app") ?? "",
    env: query.get("env") ?? "",
    state: state in STATES ? (state as State) : "",
    who: query.get("who") ?? "",
    text: query.get("text") ?? "",
  };
}

/** The filter as a question to the program. */
export function questionOf(filter: RunFilter, limit: number, before: string | null): Params<"run.find"> {
  return {
    app: filter.app || null,
    environment: filter.env || null,
    statuses: filter.state === "" ? [] : [...STATES[filter.state]],
    user: filter.who.trim() || null,
    text: filter.text.trim() || null,
    limit,
    before,
  };
}

/** Whether anything is left out. */
export function filters(filter: RunFilter): boolean {
  return Object.values(filter).some((value) => value !== "");
}
