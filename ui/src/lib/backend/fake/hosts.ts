// An environment on three hosts, of which one was away when the last release came.

import type { EnvironmentView, HostState, HostsSeen, ObservedPlace, Plan } from "../../api/generated";

/** The target of an environment on several hosts. */
export const THREE = "ssh://deploy@203.0.113.31, ssh://deploy@203.0.113.32, ssh://deploy@203.0.113.33";

const hostsOf = (place: EnvironmentView): string[] =>
  place.target.includes(", ") ? place.target.split(", ") : [];

/** What each host serves: the last one is a release behind. */
export function states(place: EnvironmentView, seen: ObservedPlace): HostState[] {
  const hosts = hostsOf(place);
  return hosts.map((host, number) => {
    const current = number < hosts.length - 1;
    const version = (current ? place.current : place.previous)?.version ?? null;
    return { host, version, current, observed: seen, unreachable: null };
  });
}

/** The same, counted. */
export function counted(place: EnvironmentView): HostsSeen | null {
  const all = hostsOf(place).length;
  return all > 0 ? { all, current: all - 1, unreachable: 0 } : null;
}

/** A plan for one host becomes one for all of the environment's. */
export function onAll(plan: Plan, place: EnvironmentView | undefined): Plan {
  const without = plan.request.without ?? [];
  const hosts = (place ? hostsOf(place) : []).filter((host) => !without.includes(host));
  const names = without.map((host) => host.replace("ssh://deploy@", "")).join(", ");
  const told = `Left out: ${names}. It keeps what it serves until a deployment takes it along again.`;
  const notices = names ? [...plan.summary.notices, told] : plan.summary.notices;
  if (hosts.length < 2) return { ...plan, summary: { ...plan.summary, notices } };
  const { before, after, traffic } = plan.summary;
  const moves = hosts.map((host, number) => ({
    host,
    batch: number + 1,
    before,
    after,
    live: traffic?.from ?? null,
  }));
  const summary = {
    ...plan.summary,
    notices,
    before: [],
    after: [],
    hosts: { on_failure: "revert" as const, hosts: moves },
  };
  return { ...plan, summary };
}
