// What is there beside what will be, as lines of a table. From the plan and what is recorded; nothing is guessed.

import type { Deployed, Plan, ReleaseLine } from "../api/generated";
import { words } from "../words/en";
import { shortDigest } from "./time";

/** A line: before and after. */
export interface ChangeLine {
  name: string;
  before: string;
  after: string;
  changed: boolean;
}

/** Names of what a new version is given. */
export interface Given {
  configuration: string[];
  secrets: string[];
}

/** The lines of the table. */
export function changeLines(
  plan: Plan,
  current: Deployed | null,
  releases: readonly ReleaseLine[],
): ChangeLine[] {
  const builds = plan.request.phases.includes("build");
  const release = releases.find((r) => r.release === plan.request.release || r.version === plan.version);
  const commit = builds ? plan.work_tree.commit : (release?.commit ?? null);
  const dirty = builds ? plan.work_tree.dirty : (release?.dirty ?? false);
  const traffic = plan.summary.traffic;
  return [
    line(words.change.version, current?.version, plan.version, words.change.decided),
    line(
      words.change.image,
      current?.image ? shortDigest(current.image) : null,
      release?.image && !builds ? shortDigest(release.image) : null,
      builds ? words.change.made : words.common.unknown,
    ),
    line(
      words.change.commit,
      current ? commitText(current.commit, current.dirty) : null,
      commit || builds ? commitText(commit, dirty) : null,
      words.common.unknown,
    ),
    ...(traffic
      ? [line(words.change.slot, traffic.from ? words.slot[traffic.from] : null, words.slot[traffic.to], "")]
      : []),
  ];
}

/** What the new version is given, by name; null when no container is started anew. */
export function givenBy(plan: Plan): Given | null {
  for (const { action } of plan.steps)
    if (action.do === "launch")
      return {
        configuration: Object.keys(action.shape.env).sort(),
        secrets: action.shape.secrets.map((secret) => secret.name).sort(),
      };
  return null;
}

function line(
  name: string,
  before: string | null | undefined,
  after: string | null | undefined,
  otherwise: string,
): ChangeLine {
  const [was, will] = [before ?? words.change.nothing, after ?? otherwise];
  return { name, before: was, after: will, changed: was !== will };
}

function commitText(commit: string | null, dirty: boolean): string {
  const id = commit?.slice(0, 7) ?? words.app.noGit;
  return dirty ? `${id} ${words.change.dirty}` : id;
}
