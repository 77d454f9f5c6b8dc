// Where the steps of a pipeline stand in a graph of three lanes. Pure: places on a grid, no pixels.

import type { Phase, StepId } from "../api/generated";
import { byLane } from "./lanes";

/** What the graph needs to know of a step. */
export interface GraphStep {
  id: StepId;
  phase: Phase;
  needs: readonly StepId[];
}

/** A step on the grid of its lane. */
export interface Node<T> {
  item: T;
  id: StepId;
  lane: number;
  /** How many steps of the lane come before it, one after the other. */
  depth: number;
  /** Its place among those beside it. */
  side: number;
}

/** A lane with its extent. */
export interface LaneBox {
  phase: Phase;
  /** Most steps one after the other. */
  depth: number;
  /** Most steps beside each other. */
  sides: number;
}

/** The graph. */
export interface Graph<T> {
  nodes: Node<T>[];
  lanes: LaneBox[];
  edges: { from: Node<T>; to: Node<T> }[];
}

/** Lays steps out. Lanes without steps are left out; a need that is no step here is not drawn. */
export function graphOf<T>(items: readonly T[], describe: (item: T) => GraphStep): Graph<T> {
  const nodes: Node<T>[] = [];
  const lanes: LaneBox[] = [];
  for (const { phase, items: members } of byLane(items, (item) => describe(item).phase)) {
    if (members.length === 0) continue;
    const placed = placeLane(members, describe, lanes.length);
    nodes.push(...placed);
    lanes.push({
      phase,
      depth: Math.max(...placed.map((node) => node.depth)) + 1,
      sides: Math.max(...placed.map((node) => node.side)) + 1,
    });
  }
  const known = new Map(nodes.map((node) => [node.id, node]));
  const edges = nodes.flatMap((to) =>
    describe(to.item).needs.flatMap((need) => {
      const from = known.get(need);
      return from ? [{ from, to }] : [];
    }),
  );
  return { nodes, lanes, edges };
}

function placeLane<T>(items: readonly T[], describe: (item: T) => GraphStep, lane: number): Node<T>[] {
  const steps = items.map(describe);
  const depths = new Map<StepId, number>();
  const depthOf = (step: GraphStep, above: readonly StepId[]): number => {
    const known = depths.get(step.id);
    if (known !== undefined) return known;
    const needed = steps.filter((other) => step.needs.includes(other.id) && !above.includes(other.id));
    const depth = Math.max(-1, ...needed.map((need) => depthOf(need, [...above, step.id]))) + 1;
    depths.set(step.id, depth);
    return depth;
  };
  const used = new Map<number, number>();
  return items.map((item, i) => {
    const step = steps[i] as GraphStep;
    const depth = depthOf(step, []);
    const side = used.get(depth) ?? 0;
    used.set(depth, side + 1);
    return { item, id: step.id, lane, depth, side };
  });
}

/** The step an arrow key leads to: along the graph's direction or across it, and on into the next lane. */
export function neighbour<T>(graph: Graph<T>, from: StepId, along: number, across: number): StepId | null {
  const here = graph.nodes.find((node) => node.id === from);
  if (!here) return graph.nodes[0]?.id ?? null;
  const within = graph.nodes.filter((node) => node.lane === here.lane);
  if (along !== 0) {
    const ahead = within.filter((node) => Math.sign(node.depth - here.depth) === along);
    return nearest(ahead, (node) => Math.abs(node.depth - here.depth) * 10 + Math.abs(node.side - here.side));
  }
  const beside = within.filter(
    (node) => node.depth === here.depth && Math.sign(node.side - here.side) === across,
  );
  const next = nearest(beside, (node) => Math.abs(node.side - here.side));
  if (next !== null) return next;
  const other = graph.nodes.filter((node) => node.lane === here.lane + across);
  return nearest(other, (node) => Math.abs(node.depth - here.depth) * 10 + node.side);
}

function nearest<T>(nodes: Node<T>[], far: (node: Node<T>) => number): StepId | null {
  return [...nodes].sort((a, b) => far(a) - far(b))[0]?.id ?? null;
}
