// How traffic moves, as frames of a picture: of a plan before it is carried out, of a run while and after. Pure. What a
// run did comes from its steps and what was read back; nothing is guessed.

import type { Action, PlanSummary, RunState, Slot, Step, StepId } from "../api/generated";
import { words } from "../words/en";

/** How the copy in a slot is. */
export type SlotPhase =
  "empty" | "starting" | "ready" | "live" | "finishing" | "stopping" | "kept" | "clearing";

/** A slot of the picture. */
export interface SlotFrame {
  slot: Slot;
  /** Version in it; null: the one this run builds; undefined: nothing. */
  version: string | null | undefined;
  phase: SlotPhase;
}

/** Where requests go. */
export type Direction = Slot | "held" | "nowhere";

/** What happens in a frame. */
export type Stage =
  | "before"
  | "start"
  | "check"
  | "hold"
  | "switch"
  | "finish"
  | "stop"
  | "clear"
  | "back"
  | "after"
  | "unclear";

/** The picture at one moment. */
export interface Frame {
  stage: Stage;
  slots: readonly [SlotFrame, SlotFrame];
  direction: Direction;
  /** The step it belongs to. */
  step: StepId | null;
  /** Milliseconds after the run was asked for; null in a plan. */
  at: number | null;
}

type Edge = "begin" | "end";

/** How it is before anything happens. */
export function frameBefore(summary: PlanSummary): Frame {
  const live = summary.traffic?.from ?? null;
  const slot = (name: Slot): SlotFrame => {
    const view = summary.before.find((v) => v.slot === name);
    if (!view) return { slot: name, version: undefined, phase: "empty" };
    return { slot: name, version: view.version, phase: name === live ? "live" : "kept" };
  };
  return {
    stage: "before",
    slots: [slot("blue"), slot("green")],
    direction: live ?? "nowhere",
    step: null,
    at: null,
  };
}

/** The frames of a plan: before, one per step that moves something, and how it is afterwards. */
export function framesOfPlan(summary: PlanSummary, steps: readonly Step[]): Frame[] {
  const frames = [frameBefore(summary)];
  let state = frameBefore(summary);
  const version = summary.after.find((view) => view.slot === summary.traffic?.to)?.version ?? null;
  for (const step of steps) {
    if (step.phase !== "ship") continue;
    const shown = change(state, step.action, step.action.do === "switch-traffic" ? "end" : "begin", version);
    state = change(change(state, step.action, "begin", version), step.action, "end", version);
    if (stageOf(step.action) !== null) frames.push({ ...shown, step: step.id, at: null });
  }
  if (frames.length > 1) frames.push({ ...state, stage: "after", step: null, at: null });
  return frames;
}

/** The frames of a run so far, in the order things happened. The last one is how it is now, or how it ended. */
export function framesOfRun(run: RunState): Frame[] {
  const from = Date.parse(run.created_at);
  const frames: Frame[] = [{ ...frameBefore(run.summary), at: 0 }];
  let state = frames[0] as Frame;
  for (const moment of momentsOf(run)) {
    state = change(state, moment.step.action, moment.edge, run.version);
    const seen = { ...state, step: moment.step.id, at: moment.at - from };
    // A step that only confirms what is shown already needs no frame of its own.
    if (moment.edge === "begin" || !sameSight(frames.at(-1), seen)) frames.push(seen);
  }
  return [...frames, ...lastOf(run, state, from)];
}

/** How a run's picture ends, beyond its steps: taken back, being taken back, unclear, or as it should be. */
function lastOf(run: RunState, state: Frame, from: number): Frame[] {
  const at = run.ended_at === null ? null : Date.parse(run.ended_at) - from;
  const before = frameBefore(run.summary);
  const begun = run.steps.some((s) => s.step.phase === "ship" && s.attempts > 0);
  if (run.status === "undoing")
    return [{ ...state, direction: run.live ?? state.direction, stage: "back", at }];
  if (!begun || run.end === null) return [];
  switch (run.end.end) {
    case "live":
    case "succeeded":
      return [{ ...state, stage: "after", step: null, at }];
    case "needs_attention":
      return [{ ...state, direction: run.live ?? state.direction, stage: "unclear", step: null, at }];
    default:
      return [{ ...before, step: null, at }];
  }
}

interface Moment {
  at: number;
  edge: Edge;
  step: Step;
}

function momentsOf(run: RunState): Moment[] {
  const moments = run.steps.flatMap((item): Moment[] => {
    if (item.step.phase !== "ship" || stageOf(item.step.action) === null || !item.started_at) return [];
    const begin: Moment = { at: Date.parse(item.started_at), edge: "begin", step: item.step };
    const done = item.ended_at !== null && (item.status === "succeeded" || item.status === "undone");
    return done ? [begin, { at: Date.parse(item.ended_at ?? ""), edge: "end", step: item.step }] : [begin];
  });
  // Stable: what began together stays in the plan's order.
  return moments.sort((a, b) => a.at - b.at);
}

function sameSight(a: Frame | undefined, b: Frame): boolean {
  return (
    a !== undefined &&
    a.direction === b.direction &&
    a.stage === b.stage &&
    a.slots.every((slot, i) => slot.phase === b.slots[i]?.phase && slot.version === b.slots[i]?.version)
  );
}

function stageOf(action: Action): Stage | null {
  switch (action.do) {
    case "launch":
    case "start-slot":
      return "start";
    case "await-healthy":
    case "verify-through-proxy":
      return "check";
    case "hold-traffic":
      return "hold";
    case "switch-traffic":
      return "switch";
    case "drain":
      return "finish";
    case "stop-slot":
      return "stop";
    case "clear-slot":
      return "clear";
    default:
      return null;
  }
}

function change(frame: Frame, action: Action, edge: Edge, version: string | null): Frame {
  const stage = stageOf(action);
  if (stage === null) return frame;
  const next = { ...frame, stage };
  const put = (slot: Slot, phase: SlotPhase, of?: { version: string | null | undefined }): Frame => ({
    ...next,
    slots: next.slots.map((s) => (s.slot === slot ? { ...s, ...of, phase } : s)) as unknown as Frame["slots"],
  });
  switch (action.do) {
    case "launch":
      return put(action.slot, "starting", { version });
    case "start-slot":
      return put(action.slot, edge === "begin" ? "starting" : "ready");
    case "await-healthy":
    case "verify-through-proxy":
      return put(action.slot, edge === "begin" ? "starting" : "ready");
    case "hold-traffic":
      return { ...next, direction: "held" };
    case "drain":
      return put(action.slot, "finishing");
    case "stop-slot":
      return put(action.slot, edge === "begin" ? "stopping" : "kept");
    case "clear-slot":
      return edge === "begin"
        ? put(action.slot, "clearing")
        : put(action.slot, "empty", { version: undefined });
    case "switch-traffic":
      return edge === "begin" ? next : directed(next, action.to);
    default:
      return next;
  }
}

/** After the switch was read back: the new slot answers, the one before finishes what it has begun. */
function directed(frame: Frame, to: Slot | null): Frame {
  const slots = frame.slots.map((slot): SlotFrame => {
    if (slot.slot === to) return { ...slot, phase: "live" };
    return slot.phase === "live" ? { ...slot, phase: "finishing" } : slot;
  });
  return { ...frame, slots: slots as unknown as Frame["slots"], direction: to ?? "nowhere" };
}

/** The version in a slot, as the picture writes it. */
export function nameOf(slot: SlotFrame): string {
  if (slot.version === undefined) return words.traffic.nothing;
  return slot.version ?? words.traffic.thisBuild;
}

/** Who answers visitors in a frame. */
export function answerOf(frame: Frame): string {
  if (frame.direction === "held") return words.traffic.toHeld;
  if (frame.direction === "nowhere") return words.traffic.toNowhere;
  const slot = frame.slots.find((s) => s.slot === frame.direction);
  return words.traffic.to(slot ? nameOf(slot) : words.common.unknown, words.slot[frame.direction]);
}

/** A frame in words, for people who do not see it. */
export function sentenceOf(frame: Frame): string {
  const slots = frame.slots.map(
    (slot) =>
      `${words.traffic.slot(words.slot[slot.slot])}: ${nameOf(slot)}, ${words.traffic.phase[slot.phase]}`,
  );
  return `${words.traffic.stage[frame.stage]}. ${answerOf(frame)} ${slots.join("; ")}.`;
}
