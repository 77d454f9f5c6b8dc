// Texts of an app's own page: the environment chain, its timeline, and what leads on from it.

import type { Health } from "../api/generated";
import type { Joint } from "../logic/chain";
import { count } from "../logic/time";

/** Texts of an app's own page. */
export const overview = {
  sections: "Parts of this app",
  tabs: { overview: "Overview", pipeline: "Pipeline", releases: "Releases", runs: "Runs" },
  chain: "Environments",
  chainHint:
    "In promotion order. One continuous line: byte for byte the same image. The chosen place is what Build, Ship and Evaluate act on.",
  chainLabel: "Environment chain",
  image: (digest: string) => `image ${digest}`,
  noImage: "no image",
  joint: {
    same: "same image",
    rebuilt: "built again",
    other: "other release",
    unknown: "not comparable",
  } satisfies Record<Joint, string>,
  jointMeaning: {
    same: "Byte for byte what was tried in the place before.",
    rebuilt: "The same version, but another image: what was tried in the place before is not what runs here.",
    other: "Another release than in the place before.",
    unknown: "In one of both nothing is shipped, or its image is not known.",
  } satisfies Record<Joint, string>,
  promote: "Promote",
  promoteTitle: (version: string, place: string) => `Preview shipping ${version} to ${place}, as it is`,
  health: {
    unknown: "Not looked at",
    answers: "Answers",
    fails: "Does not answer",
    nothing: "Nothing live",
    stopped: "Stopped",
  } satisfies Record<Health, string>,
  looking: "Looking …",
  drift: (n: number) => (n === 1 ? "1 difference" : `${count(n)} differences`),
  noDrift: "as recorded",
  detailsOf: (place: string) => `Details of ${place}`,
  timeline: "Deployments and rollbacks",
  timelineHint: "The last ones, oldest on the left. Each mark leads to its run.",
  timelineEmpty: "Nothing was shipped yet. Ship shows the plan first; what it did is kept here.",
  timelineMark: (version: string, place: string, what: string, word: string) =>
    `${what} of ${version} in ${place}: ${word}`,
  back: "went back",
  next: "Next best practice",
  nextLead:
    "Maturity reads what these runs have proved and says which practice is worth adding next, with the reason.",
  nextLink: "Open Maturity",
  settings: "Settings",
  settingsHint: (place: string) =>
    `Configuration and secrets of ${place}. They take effect with the next deployment.`,
} as const;
