// Restarts, stops and starts of the demonstration, and what its apps write.

import type {
  AppView,
  OutputLine,
  OutputPage,
  OutputParams,
  Plan,
  PlaceUsage,
  PlanParams,
  Slot,
  SlotUsage,
  UsageParams,
  Step,
} from "../../api/generated";
import { isByHand } from "./byhand";
import { step } from "./steps";
import { workersOf } from "./workers";

const HEALTH = {
  path: "/health",
  status: [200, 399] as [number, number],
  deadline_ms: 60_000,
  request_ms: 5_000,
  successes: 2,
};

const ROLES = { restart: "live", start: "live", stop: "stopped until it is started again" } as const;
const NOTICES = {
  restart: "The proxy holds requests while it restarts, each for up to 30 s; websockets are closed.",
  stop: "Visitors get an error (503) from then on, until it is started again or something is shipped.",
  start: "Visitors get it as soon as it is healthy; until then they get an error (503).",
} as const;
const WAYS_BACK = {
  restart: "When it is broken off, the container is started again and gets its requests back.",
  stop: "If it cannot be stopped, visitors get it again. Afterwards `seatrial start` starts it.",
  start: "If it does not become healthy, it is stopped again.",
} as const;

type Kept = keyof typeof ROLES;

function stepsOf(kind: Kept, slot: Slot): Step[] {
  const toSlot = step("ship", "direct-traffic", "switch", `Direct all traffic to slot ${slot}`, {
    action: { do: "switch-traffic", to: slot },
  });
  const stop = step("ship", "launch", "stop", `Stop slot ${slot} and keep it`, {
    action: { do: "stop-slot", slot, grace_ms: 10_000 },
  });
  const start = step("ship", "launch", "start", `Start slot ${slot} again`, {
    action: { do: "start-slot", slot, health: HEALTH },
  });
  const verify = step("ship", "health-check", "verify", `Ask slot ${slot} through the proxy`, {
    action: { do: "verify-through-proxy", slot, health: HEALTH },
  });
  const hold = step("ship", "direct-traffic", "hold", "Hold requests", {
    action: { do: "hold-traffic", drain_ms: 30_000 },
  });
  const away = step("ship", "direct-traffic", "switch", "Direct traffic nowhere", {
    action: { do: "switch-traffic", to: null },
  });
  const drain = step("ship", "direct-traffic", "drain", `Let requests in slot ${slot} finish`, {
    action: { do: "drain", slot, limit_ms: 30_000 },
  });
  const steps = {
    restart: [hold, stop, start, verify, toSlot],
    stop: [away, drain, stop],
    start: [start, verify, toSlot],
  }[kind];
  return steps.map((item, i) => ({ ...item, needs: steps.slice(Math.max(0, i - 1), i).map((s) => s.id) }));
}

/** The plan of a restart, a stop or a start; `like`: any plan of the same environment. */
export function keptPlan(params: PlanParams, view: AppView, like: Plan): Plan {
  const environment = view.environments.find((e) => e.name === like.environment);
  const current = environment?.current;
  const slot = current?.slot ?? "blue";
  const kind = params.kind as Kept;
  const verb = { restart: "Restart", stop: "Stop", start: "Start" }[kind];
  const before = environment?.halted ? ROLES.stop : "live";
  return {
    ...like,
    request: { ...like.request, kind, phases: ["ship"] },
    steps: stepsOf(kind, slot),
    version: current?.version ?? null,
    summary: {
      ...like.summary,
      headline: `${verb} ${view.app} ${current?.version ?? ""} in ${like.environment ?? ""}`,
      before: [{ slot, version: current?.version ?? null, role: before }],
      after: [{ slot, version: current?.version ?? null, role: ROLES[kind] }],
      traffic: null,
      checks: kind === "stop" ? [] : ["/health answers 200–399 within 60 s, directly and through the proxy"],
      way_back: WAYS_BACK[kind],
      notices: [NOTICES[kind]],
    },
  };
}

const WRITTEN = [
  "GET /entries 200 in 3 ms",
  "GET /health 200 in 0 ms",
  "\u001b[32mstored\u001b[0m an entry by ada",
  "POST /entries 303 in 7 ms",
  "session of bea ends in 5 minutes",
  "GET /entries?page=2 200 in 4 ms",
];
/** Lines that are there when somebody begins to look. */
const BEGUN = 240;
/** One line so often, in milliseconds. */
const PACE = 900;

/** What apps write, for as long as somebody looks. */
export class Outputs {
  readonly #begun = Date.now();

  /** The lines from a point on. */
  page(view: AppView, { environment, server, slot, from = 0 }: OutputParams): OutputPage {
    const place = view.environments.find((e) => e.name === environment) ?? view.environments[0];
    const hosts = place?.target.split(", ").map((target) => target.replace(/.*@/, "")) ?? [];
    const live = place?.current?.slot ?? "blue";
    const read = slot ?? live;
    const running = read === live && !place?.halted;
    const total = running ? BEGUN + Math.floor((Date.now() - this.#begun) / PACE) : BEGUN;
    const lines: OutputLine[] = [];
    for (let line = from; line < total; line += 1) {
      const at = new Date(this.#begun - (BEGUN - line) * PACE).toISOString();
      const err = line % 41 === 40;
      const text = err ? "warning: the mail server took 2.1 s to answer" : (WRITTEN[line % 6] ?? "");
      const of = hosts.length > 1 && !server ? { server: hosts[line % hosts.length] } : {};
      lines.push({ line, ...of, slot: read, at, stream: err ? "err" : "out", text });
    }
    return {
      environment: place?.name ?? "local",
      slot: read,
      state: running ? "running" : "stopped",
      message: null,
      lines,
      feed: this.#begun,
      first: 0,
      next: total,
      total,
      revision: total,
    };
  }
}

/** What slots use: a wave, so that there is something to see. */
export function usageOf(view: AppView, { environment, server }: UsageParams): PlaceUsage {
  const place = view.environments.find((e) => e.name === environment) ?? view.environments[0];
  const wave = (period: number) => 1 + Math.sin(Date.now() / period);
  const slots = [place?.current, place?.previous].flatMap((deployed, i): SlotUsage[] => {
    if (!deployed) return [];
    const running = (i === 0 || isByHand(view.app, place?.name ?? "")) && !place?.halted;
    const used = {
      cpu_percent: 4 + 9 * wave(9_000),
      memory: Math.round(52e6 + 6e6 * wave(14_000)),
      memory_limit: 256_000_000,
      received: 18_400_000,
      sent: 231_000_000,
      tasks: 6,
    };
    const other = place?.current?.slot === "blue" ? "green" : "blue";
    const web = {
      slot: i === 0 ? deployed.slot : other,
      version: deployed.version,
      started_at: deployed.since,
      restarts: 0,
      used: running ? used : null,
      image_bytes: 48_000_000,
    };
    const less = running
      ? { ...used, cpu_percent: 1.2, memory: 31e6, received: 900_000, sent: 120_000 }
      : null;
    return [web, ...workersOf(view).map((worker) => ({ ...web, worker, used: less }))];
  });
  return {
    environment: place?.name ?? "local",
    server: server ? `ssh://${server}` : null,
    at: new Date().toISOString(),
    slots,
  };
}
