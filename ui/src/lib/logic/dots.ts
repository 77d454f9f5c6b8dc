// Requests of the traffic picture as dots: where each is at a moment. Pure, so that the picture can be tested and
// stands still for people who want no motion.

import type { Slot } from "../api/generated";
import type { Direction } from "./traffic";

/** Places of the picture, in its own units. */
export const PLACES = {
  width: 440,
  height: 196,
  people: { x: 36, y: 92 },
  proxy: { x: 152, y: 92, width: 72, height: 40 },
  slot: { x: 258, width: 178, height: 72 },
  slotY: { blue: 44, green: 140 } satisfies Record<Slot, number>,
} as const;

/** A dot. */
export interface Dot {
  /** The request it stands for. */
  id: number;
  x: number;
  y: number;
  kind: "request" | "held" | "refused";
}

/** What decides where dots are. */
export interface Flow {
  /** Where requests go now. */
  direction: Direction;
  /** Where they went before the last change. */
  before: Direction;
  /** Milliseconds since that change. */
  since: number;
  /** The picture's own time, in milliseconds. */
  time: number;
}

const EVERY_MS = 420;
const TO_PROXY_MS = 800;
const TO_SLOT_MS = 800;
/** Released requests follow each other this close. */
const RELEASE_MS = 90;
const QUEUE = 4;
const APART = 11;

const START = PLACES.people.x + 28;
const DOOR = PLACES.proxy.x - PLACES.proxy.width / 2;
const EXIT = PLACES.proxy.x + PLACES.proxy.width / 2;

/** The requests that are under way at a moment. */
export function dotsAt(flow: Flow): Dot[] {
  const dots: Dot[] = [];
  const changed = flow.time - flow.since;
  const newest = Math.floor(flow.time / EVERY_MS);
  const waited = heldBefore(flow, changed);
  let held = 0;
  // Oldest first: whoever came first stands first in the queue.
  for (let id = Math.max(0, newest - 60); id <= newest; id += 1) {
    const age = flow.time - id * EVERY_MS;
    const passes = id * EVERY_MS + TO_PROXY_MS;
    const way = passes < changed ? flow.before : flow.direction;
    if (age < TO_PROXY_MS) {
      const limit = flow.direction === "held" ? DOOR - 6 - Math.min(held, QUEUE) * APART : DOOR;
      dots.push({
        id,
        x: Math.min(limit, mix(START, DOOR, age / TO_PROXY_MS)),
        y: PLACES.people.y,
        kind: "request",
      });
    } else if (way === "held") {
      const released = flow.direction === "held" ? null : flow.since - waited.indexOf(id) * RELEASE_MS;
      if (released === null || released < 0) {
        if (held < QUEUE) dots.push({ id, x: DOOR - 6 - held * APART, y: PLACES.people.y, kind: "held" });
        held += 1;
      } else dots.push(...onWay(id, flow.direction, released));
    } else dots.push(...onWay(id, way, age - TO_PROXY_MS));
  }
  return dots;
}

function heldBefore(flow: Flow, changed: number): number[] {
  if (flow.before !== "held") return [];
  const first = Math.max(0, Math.floor(flow.time / EVERY_MS) - 60);
  const ids = [];
  for (let id = first; id * EVERY_MS + TO_PROXY_MS < changed; id += 1) ids.push(id);
  return ids.slice(-QUEUE);
}

function onWay(id: number, way: Direction, ms: number): Dot[] {
  if (ms < 0 || ms > TO_SLOT_MS) return [];
  const share = ms / TO_SLOT_MS;
  if (way === "held") return [];
  if (way === "nowhere")
    return share > 0.5
      ? []
      : [{ id, x: PLACES.proxy.x, y: PLACES.people.y + 20 + share * 60, kind: "refused" }];
  const { x, y } = curve(way, share);
  return [{ id, x, y, kind: "request" }];
}

/** The way from the proxy to a slot. */
export function wayTo(slot: Slot): string {
  const [y, end] = [PLACES.people.y, PLACES.slotY[slot]];
  return `M${EXIT} ${y}C${EXIT + 40} ${y} ${PLACES.slot.x - 36} ${end} ${PLACES.slot.x} ${end}`;
}

/** A point of that way. */
function curve(slot: Slot, t: number): { x: number; y: number } {
  const [y, end] = [PLACES.people.y, PLACES.slotY[slot]];
  const bezier = (a: number, b: number, c: number, d: number) =>
    (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t ** 2 * c + t ** 3 * d;
  return {
    x: bezier(EXIT, EXIT + 40, PLACES.slot.x - 36, PLACES.slot.x),
    y: bezier(y, y, end, end),
  };
}

const mix = (a: number, b: number, share: number) => a + (b - a) * share;
