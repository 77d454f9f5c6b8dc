// What each error code means for the person in front of the page: one table, complete by its type.

import type { Code } from "../api/generated";

/** A code of the API, or that there is no connection to it. */
export type ErrorCode = Code | "disconnected";

/** How an error is presented. */
export interface Presentation {
  /** `failed`: it does not work. `look`: a person has to do something first. `waiting`: it passes by itself. */
  severity: "failed" | "look" | "waiting";
  /** A title of a few words. */
  title: string;
  /** What to do next, when the error itself brings no hint. */
  next: string;
  /** Page and part of the guide that say more. */
  guide?: readonly [page: string, part?: string];
}

/** Code → severity, title, next action. */
export const ERRORS: Record<ErrorCode, Presentation> = {
  usage: {
    severity: "failed",
    title: "This cannot be asked like that",
    next: "Reload the page; if it stays, copy the report: page and program may be of different versions.",
  },
  configuration: {
    severity: "look",
    title: "The configuration cannot be used",
    next: "Correct the places named below in seatrial.toml; the page notices when you try again.",
    guide: ["seatrial-toml", "when-something-is-wrong-with-it"],
  },
  not_found: {
    severity: "look",
    title: "Not found",
    next: "Check the name or the path; it may have been removed or moved.",
  },
  trust_required: {
    severity: "look",
    title: "Not trusted yet",
    next: "Open the app, read what the folder would run, and press “Trust and continue”.",
    guide: ["troubleshooting", "trust-is-asked-again"],
  },
  refused: {
    severity: "look",
    title: "Not allowed here",
    next: "Read which rule refuses it; nothing was changed.",
  },
  busy: {
    severity: "waiting",
    title: "Another run is at work",
    next: "Open that run and wait for its end, or stop it.",
    guide: ["troubleshooting", "somebody-else-is-deploying"],
  },
  plan_outdated: {
    severity: "look",
    title: "The plan is outdated",
    next: "Read the new plan and confirm again; nothing was changed.",
    guide: ["troubleshooting", "the-plan-is-outdated"],
  },
  target_unreachable: {
    severity: "failed",
    title: "The target does not answer",
    next: "Start Docker (`sudo systemctl start docker`) or check the host, then try again.",
    guide: ["troubleshooting", "docker-is-not-reachable"],
  },
  tool_missing: {
    severity: "failed",
    title: "A tool is missing or too old",
    next: "See “This machine” in the settings: it says what to install.",
    guide: ["getting-started", "what-you-need"],
  },
  secret_unavailable: {
    severity: "look",
    title: "A secret has no value",
    next: "Set it in the terminal with `seatrial secret set NAME`, then try again.",
    guide: ["troubleshooting", "a-secret-cannot-be-read"],
  },
  conflict: {
    severity: "look",
    title: "Something else uses it",
    next: "Stop what uses it, or choose another name, port or folder.",
    guide: ["troubleshooting", "port-80-or-443-is-taken"],
  },
  disk_full: {
    severity: "failed",
    title: "No space left",
    next: "Free some space, for example with `docker system prune`, then try again.",
  },
  storage: {
    severity: "failed",
    title: "The history cannot be used",
    next: "Close other programs that use it, or update Seatrial; the file itself was not changed.",
    guide: ["troubleshooting", "the-history-is-locked-damaged-or-too-new"],
  },
  internal: {
    severity: "failed",
    title: "A defect of Seatrial",
    next: "Copy the report and file it. Runs and apps are not affected by this page.",
    guide: ["troubleshooting", "a-defect"],
  },
  disconnected: {
    severity: "waiting",
    title: "Seatrial does not answer",
    next: "Check that it still runs; in the terminal: `seatrial serve`. Runs go on without this page.",
  },
};
