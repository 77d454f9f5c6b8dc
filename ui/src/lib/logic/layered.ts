// Steps that need each other as places on a plane: layers from top to bottom, edges that never run through a step.

/** What the layout has to know of a step. */
export interface GraphStep {
  id: string;
  needs: readonly string[];
}

/** The room there is. */
export interface GraphRoom {
  width: number;
  /** Height of a step. */
  height: number;
  /** Space between layers. */
  gapY: number;
  /** Space between steps of a layer. */
  gapX: number;
  /** A step is never narrower; what does not fit goes into a further row of its layer. */
  narrowest: number;
}

/** A step's place. */
export interface GraphNode {
  id: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A need as a line, in the language of SVG paths. */
export interface GraphEdge {
  from: string;
  to: string;
  path: string;
}

/** Steps and needs in their places. */
export interface GraphPicture {
  nodes: GraphNode[];
  edges: GraphEdge[];
  height: number;
}

/** Room that a passing edge takes beside the steps of a layer. */
const PASS = 10;

interface Spot {
  /** A step's name, or of a passing edge `from>to`. */
  key: string;
  step: boolean;
  x: number;
  y: number;
  width: number;
  /** Where lines leave it. */
  bottom: number;
}

/** Places steps by their needs. Unknown needs are left out; of a circle each need that closes it. */
export function graphOf(steps: readonly GraphStep[], room: GraphRoom): GraphPicture {
  const needs = reduced(acyclic(steps));
  const layerOf = layers(steps, needs);
  const edges = steps.flatMap((step) => (needs.get(step.id) ?? []).map((from) => ({ from, to: step.id })));
  const rows = ordered(steps, edges, layerOf);
  const { spots, height } = placed(rows, room);
  return {
    nodes: steps.flatMap(({ id }) => {
      const spot = spots.get(`${layerOf.get(id) ?? 0}/${id}`);
      return spot ? [{ id, x: spot.x, y: spot.y, width: spot.width, height: room.height }] : [];
    }),
    edges: edges.map((edge) => ({ ...edge, path: pathOf(edge, layerOf, spots, room) })),
    height,
  };
}

type Needs = Map<string, string[]>;

/** Needs that exist and close no circle. */
function acyclic(steps: readonly GraphStep[]): Needs {
  const all = new Map(steps.map((step) => [step.id, step.needs]));
  const needs: Needs = new Map(steps.map((step) => [step.id, []]));
  const done = new Set<string>();
  const walk = (id: string, above: readonly string[]) => {
    if (done.has(id)) return;
    for (const need of new Set(all.get(id))) {
      if (!all.has(need) || need === id || above.includes(need)) continue;
      needs.get(id)?.push(need);
      walk(need, [...above, id]);
    }
    done.add(id);
  };
  for (const step of steps) walk(step.id, []);
  return needs;
}

/** Without needs that follow from others: fewer lines say the same. */
function reduced(needs: Needs): Needs {
  const reach = new Map<string, Set<string>>();
  const above = (id: string): Set<string> => {
    const known = reach.get(id);
    if (known) return known;
    const found = new Set<string>();
    reach.set(id, found);
    for (const need of needs.get(id) ?? []) {
      found.add(need);
      for (const further of above(need)) found.add(further);
    }
    return found;
  };
  return new Map(
    [...needs].map(([id, own]) => [id, own.filter((n) => !own.some((o) => o !== n && above(o).has(n)))]),
  );
}

/** The length of the longest chain above each step. */
function layers(steps: readonly GraphStep[], needs: Needs): Map<string, number> {
  const found = new Map<string, number>();
  const depth = (id: string): number => {
    const known = found.get(id);
    if (known !== undefined) return known;
    const layer = Math.max(-1, ...(needs.get(id) ?? []).map(depth)) + 1;
    found.set(id, layer);
    return layer;
  };
  for (const step of steps) depth(step.id);
  return found;
}

/** Each layer's steps and passing edges, what belongs together below each other. */
function ordered(
  steps: readonly GraphStep[],
  edges: readonly { from: string; to: string }[],
  layerOf: Map<string, number>,
): { key: string; step: boolean }[][] {
  const rows: { key: string; step: boolean; above: string[] }[][] = [];
  const row = (layer: number) => (rows[layer] ??= []);
  for (const { id } of steps) row(layerOf.get(id) ?? 0).push({ key: id, step: true, above: [] });
  for (const { from, to } of edges) {
    let above = from;
    for (let layer = (layerOf.get(from) ?? 0) + 1; layer < (layerOf.get(to) ?? 0); layer += 1) {
      row(layer).push({ key: `${from}>${to}`, step: false, above: [above] });
      above = `${from}>${to}`;
    }
    rows[layerOf.get(to) ?? 0]?.find((item) => item.key === to)?.above.push(above);
  }
  for (const [layer, items] of rows.entries()) {
    const before = rows[layer - 1] ?? [];
    const middle = new Map(
      items.map((item, i) => {
        const places = item.above.map((key) => before.findIndex((b) => b.key === key) / before.length);
        const known = places.filter((place) => place >= 0);
        return [item, known.length === 0 ? i / items.length : mean(known)];
      }),
    );
    items.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0));
  }
  return rows;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Where everything of every layer is. */
function placed(rows: { key: string; step: boolean }[][], room: GraphRoom) {
  const spots = new Map<string, Spot>();
  let y = 0;
  for (const [layer, items] of rows.entries()) {
    const steps = items.filter((item) => item.step).length;
    const free = room.width - (items.length - steps) * (PASS + room.gapX);
    const fits = Math.max(1, Math.floor((free + room.gapX) / (room.narrowest + room.gapX)));
    const lines = Math.max(1, Math.ceil(steps / fits));
    const perLine = Math.max(1, Math.ceil(steps / lines));
    const width = Math.max(24, (free - (perLine - 1) * room.gapX) / perLine);
    const bottom = y + lines * room.height + (lines - 1) * room.gapX;
    let x = 0;
    let count = 0;
    for (const item of lines > 1 ? [...items].sort((a, b) => Number(b.step) - Number(a.step)) : items) {
      // Steps in several lines are side by side in columns; what passes them goes to their right.
      if (lines > 1) x = item.step ? (count % perLine) * (width + room.gapX) : Math.max(x, free + room.gapX);
      const top = item.step ? y + Math.floor(count / perLine) * (room.height + room.gapX) : y;
      const wide = item.step ? width : PASS;
      spots.set(`${layer}/${item.key}`, {
        ...item,
        x,
        y: top,
        width: wide,
        bottom: item.step ? top + room.height : bottom,
      });
      x += wide + room.gapX;
      if (item.step) count += 1;
    }
    y = bottom + room.gapY;
  }
  return { spots, height: Math.max(0, y - room.gapY) };
}

/** A line from below the one step to above the other, through its places in the layers between. */
function pathOf(
  { from, to }: { from: string; to: string },
  layerOf: Map<string, number>,
  spots: Map<string, Spot>,
  room: GraphRoom,
): string {
  const first = layerOf.get(from) ?? 0;
  const last = layerOf.get(to) ?? 0;
  const begin = spots.get(`${first}/${from}`);
  if (!begin) return "";
  const round = (n: number) => Math.round(n * 10) / 10;
  let [x, y] = [round(begin.x + begin.width / 2), round(begin.bottom)];
  let path = `M${x} ${y}`;
  for (let layer = first + 1; layer <= last; layer += 1) {
    const spot = spots.get(layer === last ? `${last}/${to}` : `${layer}/${from}>${to}`);
    if (!spot) continue;
    const [nextX, nextY] = [round(spot.x + spot.width / 2), round(spot.y)];
    const bend = round(Math.min(room.gapY, Math.abs(nextY - y)) / 2);
    path += `C${x} ${y + bend} ${nextX} ${nextY - bend} ${nextX} ${nextY}`;
    if (layer !== last) path += `V${round(spot.bottom)}`;
    [x, y] = [nextX, layer === last ? nextY : round(spot.bottom)];
  }
  return path;
}
