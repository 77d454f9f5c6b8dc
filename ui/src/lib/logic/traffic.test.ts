import { describe, expect, it } from "vitest";
import type { Failure, RunState } from "../api/generated";
import { schedule, tell, type Story } from "../backend/fake/story";
import { fleet, planFor } from "../backend/fake/world";
import { dotsAt, PLACES } from "./dots";
import { framesOfPlan, framesOfRun, type Frame } from "./traffic";

const app = (i: number) => fleet()[i] as ReturnType<typeof fleet>[number];
const blueGreen = () => planFor({ app: "guestbook", kind: "deploy", environment: "local" }, app(0));
const live = () => planFor({ app: "sample", kind: "deploy", environment: "local" }, app(2));
const story = (plan = blueGreen(), more: Partial<Story> = {}): Story => ({
  run: "r",
  plan,
  createdAt: 0,
  pace: 100,
  end: { end: "live" },
  ...more,
});
const during = (step: string, of = story()): RunState => {
  const time = schedule(of).get(step);
  return tell(of, ((time?.begin ?? 0) + (time?.end ?? 0)) / 2);
};
const now = (run: RunState): Frame => framesOfRun(run).at(-1) as Frame;
const phases = (frame: Frame) => frame.slots.map((slot) => slot.phase);

describe("the picture of a blue-green plan", () => {
  it("never leaves visitors without an answer", () => {
    const frames = framesOfPlan(blueGreen().summary, blueGreen().steps);
    for (const frame of frames) {
      const slot = frame.slots.find((s) => s.slot === frame.direction);
      expect(slot?.phase).toBe("live");
    }
  });

  it("begins with the old version and ends with the new one, the old one kept", () => {
    const frames = framesOfPlan(blueGreen().summary, blueGreen().steps);
    expect(frames[0]).toMatchObject({ stage: "before", direction: "blue" });
    expect(frames.at(-1)).toMatchObject({ stage: "after", direction: "green" });
    expect(phases(frames.at(-1) as Frame)).toEqual(["kept", "live"]);
  });
});

describe("the picture of a live plan", () => {
  it("holds requests from before the old version stops until the new one answers", () => {
    const stages = framesOfPlan(live().summary, live().steps).map((f) => [f.stage, f.direction]);
    expect(stages).toEqual([
      ["before", "blue"],
      ["hold", "held"],
      ["stop", "held"],
      ["start", "held"],
      ["check", "held"],
      ["check", "held"],
      ["switch", "green"],
      ["after", "green"],
    ]);
  });
});

describe("the picture of a first deployment", () => {
  it("has nobody answering before", () => {
    const plan = planFor({ app: "notes", kind: "deploy" }, app(1));
    const frames = framesOfPlan(plan.summary, plan.steps);
    expect(frames[0]?.direction).toBe("nowhere");
    expect(frames.at(-1)?.direction).toBe("blue");
  });
});

describe("the picture of a run", () => {
  it("shows the new version starting while the old one answers", () => {
    const frame = now(during("health"));
    expect(frame).toMatchObject({ stage: "check", direction: "blue", step: "health" });
    expect(phases(frame)).toEqual(["live", "starting"]);
  });

  it("moves traffic only when the switch was read back, not when it was asked for", () => {
    expect(now(during("switch")).direction).toBe("blue");
    const drain = now(during("drain"));
    expect(drain.direction).toBe("green");
    expect(phases(drain)).toEqual(["finishing", "live"]);
  });

  it("goes back to what was there when it was taken back", () => {
    const failure: Failure = { cause: "unhealthy", message: "", hints: [], detail: null };
    const fails = story(blueGreen(), {
      fails: { step: "health", failure },
      end: { end: "failed_clean", reason: "x" },
    });
    expect(now(tell(fails, 1e6))).toMatchObject({ stage: "before", direction: "blue" });
    const failedAt = schedule(fails).get("health")?.end ?? 0;
    expect(now(tell(fails, failedAt + 10)).stage).toBe("back");
  });

  it("says that it is unclear when a person is needed", () => {
    const failure: Failure = { cause: "engine-unreachable", message: "", hints: [], detail: null };
    const stuck = story(blueGreen(), {
      fails: { step: "drain", failure },
      end: { end: "needs_attention", reason: "x", choices: [] },
    });
    expect(now(tell(stuck, 1e6)).stage).toBe("unclear");
  });

  it("of Build alone stays as it was", () => {
    const build = planFor({ app: "guestbook", kind: "deploy", phases: ["build"] }, app(0));
    expect(framesOfRun(tell(story(build), 1e6))).toHaveLength(1);
  });

  it("has its moments in the order of time", () => {
    const at = framesOfRun(tell(story(), 1e6)).map((frame) => frame.at ?? -1);
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(at.length).toBeGreaterThan(6);
  });
});

describe("requests in the picture", () => {
  const flow = { direction: "blue", before: "blue", since: 1e6, time: 1e6 } as const;

  it("arrive at the slot that answers", () => {
    const last = dotsAt(flow).filter((dot) => dot.x > 200);
    expect(last.length).toBeGreaterThan(0);
    expect(last.every((dot) => dot.y < PLACES.people.y)).toBe(true);
  });

  it("that passed the proxy before the switch are still finished in the old slot", () => {
    const dots = dotsAt({ direction: "green", before: "blue", since: 300, time: 10_000 });
    const beyond = dots.filter((dot) => dot.x > 200);
    expect(beyond.some((dot) => dot.y < PLACES.people.y)).toBe(true);
    expect(dots.filter((dot) => dot.y > PLACES.people.y + 1).every((dot) => dot.x < 240)).toBe(true);
  });

  it("wait in front of the proxy while they are held, each in its own place", () => {
    const held = dotsAt({ direction: "held", before: "blue", since: 6000, time: 20_000 });
    const waiting = held.filter((dot) => dot.kind === "held");
    expect(waiting.length).toBeGreaterThan(3);
    expect(new Set(waiting.map((dot) => dot.x)).size).toBe(waiting.length);
    expect(held.every((dot) => dot.x < PLACES.proxy.x)).toBe(true);
    expect(held.every((dot) => dot.x > PLACES.people.x + 16)).toBe(true);
  });

  it("that were held go to the new slot, none is dropped", () => {
    const dots = dotsAt({ direction: "green", before: "held", since: 500, time: 20_000 });
    expect(dots.some((dot) => dot.kind === "request" && dot.y > PLACES.people.y)).toBe(true);
    expect(dots.some((dot) => dot.kind === "refused")).toBe(false);
  });

  it("are refused where nothing serves", () => {
    const dots = dotsAt({ direction: "nowhere", before: "nowhere", since: 1e5, time: 1e5 });
    expect(dots.some((dot) => dot.kind === "refused")).toBe(true);
  });
});
