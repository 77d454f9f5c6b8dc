// How an environment is shown: health as a mark, origins and amounts as words.

import type { EnvironmentDetail, Health, HostState, Origin } from "../api/generated";
import { words } from "../words/en";
import type { Mark } from "./status";

const SHAPES: Record<Health, Mark["shape"]> = {
  unknown: "unknown",
  answers: "done",
  fails: "failed",
  nothing: "pending",
  stopped: "waiting",
};

/** How an environment answers. */
export function healthMark(health: Health): Mark {
  return { shape: SHAPES[health] ?? "unknown", word: words.overview.health[health] ?? words.status.unknown };
}

/** Whether what runs is what is recorded; "nothing could be seen" is not "no difference". */
export function driftMark(detail: EnvironmentDetail): Mark {
  const away = detail.hosts.filter((host) => !host.observed).length;
  if (away > 0) return { shape: "unknown", word: words.place.hosts.away };
  if (!detail.observed && detail.hosts.length === 0) return { shape: "unknown", word: words.status.unknown };
  if (detail.drift.length > 0) return { shape: "look", word: words.place.differences(detail.drift.length) };
  const current = detail.hosts.filter((host) => host.current).length;
  if (current < detail.hosts.length)
    return { shape: "look", word: words.fleet.hosts(current, detail.hosts.length) };
  return { shape: "done", word: words.overview.noDrift };
}

/** What a host serves, against what is recorded. */
export function hostMark(host: HostState): Mark {
  const t = words.place.hosts;
  if (!host.observed) return { shape: "unknown", word: t.away };
  if (host.observed.health === "fails") return healthMark("fails");
  if (host.current) return { shape: "done", word: t.current };
  return host.version ? { shape: "look", word: t.other } : { shape: "pending", word: words.fleet.empty };
}

/** The version that somebody made live by hand: the one that answers, where that is not the one that is recorded. */
export function liveByHand(detail: EnvironmentDetail): string | null {
  const { observed, hosts, environment } = detail;
  const live = observed?.slots.find((slot) => slot.slot === observed.direction);
  if (hosts.length > 0 || !live?.version) return null;
  const recorded = environment.halted ? null : environment.current;
  return recorded?.version === live.version && recorded.slot === live.slot ? null : live.version;
}

/** Where a value comes from. */
export function originText(origin: Origin): string {
  if (origin.from === "file") return `${origin.file}:${origin.line}`;
  return origin.from === "detected" ? origin.evidence : words.place.originDefault;
}

/** Below this many free bytes an image may no longer fit. */
const LOW = 5e9;

/** Whether a disk gets full. */
export const diskLow = (free: number): boolean => free < LOW;
