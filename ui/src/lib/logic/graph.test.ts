import { describe, expect, it } from "vitest";
import { deployment } from "../backend/fake/steps";
import { graphOf, neighbour, type GraphStep } from "./graph";

const step = (id: string, needs: string[] = [], phase: GraphStep["phase"] = "build"): GraphStep => ({
  id,
  needs,
  phase,
});
const whole = () => graphOf(deployment("1.5.0"), ({ id, phase, needs }) => ({ id, phase, needs }));

describe("the graph of a pipeline", () => {
  it("puts what needs something after it and what does not beside each other", () => {
    const graph = graphOf([step("a"), step("b"), step("c", ["a", "b"])], (item) => item);
    const places = graph.nodes.map((node) => [node.id, node.depth, node.side]);
    expect(places).toEqual([
      ["a", 0, 0],
      ["b", 0, 1],
      ["c", 1, 0],
    ]);
    expect(graph.edges.map((edge) => `${edge.from.id}>${edge.to.id}`)).toEqual(["a>c", "b>c"]);
  });

  it("never puts two steps on one place, and never an arrow backwards in a lane", () => {
    const graph = whole();
    const places = graph.nodes.map((node) => `${node.lane}/${node.depth}/${node.side}`);
    expect(new Set(places).size).toBe(graph.nodes.length);
    for (const { from, to } of graph.edges)
      if (from.lane === to.lane) expect(to.depth).toBeGreaterThan(from.depth);
  });

  it("keeps the order of the lanes and leaves an empty one out", () => {
    expect(whole().lanes.map((lane) => lane.phase)).toEqual(["build", "ship", "evaluate"]);
    const graph = graphOf([step("x", [], "evaluate"), step("y", [], "ship")], (item) => item);
    expect(graph.lanes.map((lane) => lane.phase)).toEqual(["ship", "evaluate"]);
  });

  it("comes to an end even when steps need each other in a circle", () => {
    const graph = graphOf([step("a", ["b"]), step("b", ["a"])], (item) => item);
    expect(graph.nodes).toHaveLength(2);
  });

  it("is walked with the arrow keys, from lane to lane", () => {
    const graph = whole();
    expect(neighbour(graph, "lint", 1, 0)).toBe("version");
    expect(neighbour(graph, "lint", 0, 1)).toBe("unit-test");
    expect(neighbour(graph, "unit-test", 0, 1)).toBe("preflight");
    expect(neighbour(graph, "preflight", 0, -1)).toBe("lint");
    expect(neighbour(graph, "lint", -1, 0)).toBeNull();
  });
});
