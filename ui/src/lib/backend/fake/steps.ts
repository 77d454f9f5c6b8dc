// Steps as the planner makes them, for demonstrations and tests.

import type { Action, Phase, Practice, Slot, Step } from "../../api/generated";

const HEALTH = {
  path: "/health",
  status: [200, 399] as [number, number],
  deadline_ms: 60_000,
  request_ms: 5_000,
  successes: 2,
};

/** A step; what is not said does not matter to the page. */
export function step(
  phase: Phase,
  practice: Practice,
  id: string,
  title: string,
  more: Partial<Step> = {},
): Step {
  return {
    id,
    phase,
    practice,
    title,
    needs: [],
    blocking: true,
    timeout_ms: 60_000,
    retry: { times: 0, on: [], wait_ms: 0 },
    action: { do: "run", command: `make ${id}`, folder: ".", env: {}, secrets: [] },
    undo: null,
    ...more,
  };
}

/** The slot a deployment goes to: beside another one, or as the first. */
export type Into = Slot | { first: Slot };

/** The steps of a deployment of `version`. */
export function deployment(version: string, into: Into = "green"): Step[] {
  const first = typeof into === "object";
  const to = first ? into.first : into;
  const from = to === "green" ? "blue" : "green";
  const steps = inFull(version, to, from);
  return first ? steps.filter((item) => !["drain", "stop"].includes(item.id)) : steps;
}

function inFull(version: string, to: Slot, from: Slot): Step[] {
  const ship = (
    practice: Practice,
    id: string,
    title: string,
    action: Action,
    undo: Action | null = null,
    needs: string[] = [],
  ) => step("ship", practice, id, title, { action, undo, needs });
  return [
    step("build", "lint", "lint", "Lint with ruff", { blocking: false }),
    step("build", "unit-test", "unit-test", "Unit tests with pytest", { timeout_ms: 600_000 }),
    step("build", "version", "version", "Decide the version", {
      action: { do: "decide-version", source: { from: "commits" } },
      needs: ["lint", "unit-test"],
    }),
    step("build", "package", "package", "Build the image", {
      action: {
        do: "build-image",
        build: { context: ".", dockerfile: "Dockerfile", generated: null, target: null, args: {} },
      },
      needs: ["version"],
      timeout_ms: 1_800_000,
    }),
    step("build", "distribute", "release", "Record the release", {
      action: { do: "record-release" },
      needs: ["package"],
    }),
    ship("provision", "preflight", "Check secrets, disk and ports", {
      do: "preflight",
      secrets: ["SECRET_KEY"],
      disk: 500_000_000,
      ports: [],
    }),
    ship(
      "prepare",
      "proxy",
      "Make sure the proxy runs",
      { do: "ensure-proxy", http_port: 80, https_port: 443 },
      null,
      ["preflight"],
    ),
    ship(
      "launch",
      "launch",
      `Start ${version} in slot ${to}`,
      {
        do: "launch",
        slot: to,
        artifact: { from: "this-run" },
        shape: {
          port: 8000,
          env: { LOG_LEVEL: "info", WORKERS: "4" },
          secrets: [{ name: "SECRET_KEY", as_env: false }],
          mounts: [],
          ports: [],
          command: null,
          memory: null,
          stop_grace_ms: 10_000,
        },
      },
      { do: "clear-slot", slot: to, drain_ms: 30_000, grace_ms: 10_000 },
      ["proxy", "release"],
    ),
    ship(
      "health-check",
      "health",
      `Wait until slot ${to} is healthy`,
      { do: "await-healthy", slot: to, health: HEALTH },
      null,
      ["launch"],
    ),
    ship(
      "direct-traffic",
      "verify",
      `Ask slot ${to} through the proxy`,
      { do: "verify-through-proxy", slot: to, health: HEALTH },
      null,
      ["health"],
    ),
    ship(
      "direct-traffic",
      "switch",
      `Direct all traffic to slot ${to}`,
      { do: "switch-traffic", to },
      { do: "switch-traffic", to: from },
      ["verify"],
    ),
    ship(
      "direct-traffic",
      "drain",
      `Let slot ${from} finish its requests`,
      { do: "drain", slot: from, limit_ms: 30_000 },
      null,
      ["switch"],
    ),
    ship(
      "direct-traffic",
      "stop",
      `Stop slot ${from}, keep it for going back`,
      { do: "stop-slot", slot: from, grace_ms: 10_000 },
      null,
      ["drain"],
    ),
    step("evaluate", "integration-test", "smoke", "Smoke: / answers 200", {
      action: { do: "smoke", expect: [{ path: "/", status: 200, contains: null, within_ms: 1000 }] },
      needs: ["switch"],
    }),
    step("evaluate", "availability", "availability", "Watch availability and latency for 10 s", {
      action: {
        do: "watch-availability",
        limits: {
          path: "/",
          for_ms: 10_000,
          rate: 20,
          max_failed_ppm: 0,
          max_p95_ms: 500,
          min_requests: 100,
        },
      },
      needs: ["smoke"],
    }),
    step("evaluate", "communicate", "judge", "Give the verdict", {
      action: { do: "judge", ask: true, rollback: false },
      needs: ["availability"],
    }),
  ];
}

/** The steps of a deployment that holds requests: the old version stops before the new one starts. */
export function heldDeployment(version: string, into: Into): Step[] {
  const hold: Action = { do: "hold-traffic", drain_ms: 30_000 };
  const chain = ["preflight", "proxy", "hold", "stop", "launch", "health", "verify", "switch"];
  const all = new Map(deployment(version, into).map((item) => [item.id, item]));
  all.set(
    "hold",
    step("ship", "direct-traffic", "hold", "Hold requests", {
      action: hold,
      undo: { do: "switch-traffic", to: "blue" },
    }),
  );
  const ship = chain.map((id, i): Step => {
    const item = all.get(id) as Step;
    const before = chain[i - 1];
    const undo = id === "stop" ? ({ do: "start-slot", slot: "blue", health: HEALTH } as const) : item.undo;
    return { ...item, undo, needs: before ? [before, ...(id === "hold" ? ["release"] : [])] : [] };
  });
  const rest = [...all.values()].filter((item) => item.phase !== "ship");
  return [
    ...rest.filter((item) => item.phase === "build"),
    ...ship,
    ...rest.filter((item) => item.phase === "evaluate"),
  ];
}

/** The steps of going back to the release before, which is kept in slot blue. */
export function goingBack(version: string): Step[] {
  return [
    step("ship", "rollback", "start", `Start ${version} again in slot blue`, {
      action: { do: "start-slot", slot: "blue", health: HEALTH },
    }),
    step("ship", "direct-traffic", "verify", "Ask slot blue through the proxy", {
      action: { do: "verify-through-proxy", slot: "blue", health: HEALTH },
      needs: ["start"],
    }),
    step("ship", "direct-traffic", "switch", "Direct all traffic to slot blue", {
      action: { do: "switch-traffic", to: "blue" },
      undo: { do: "switch-traffic", to: "green" },
      needs: ["verify"],
    }),
    step("ship", "direct-traffic", "drain", "Let slot green finish its requests", {
      action: { do: "drain", slot: "green", limit_ms: 30_000 },
      needs: ["switch"],
    }),
    step("evaluate", "integration-test", "smoke", "Smoke: / answers 200", { needs: ["switch"] }),
  ];
}
