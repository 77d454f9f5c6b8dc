import { describe, expect, it } from "vitest";
import { graphOf, type GraphPicture } from "./layered";

const room = { width: 300, height: 40, gapY: 20, gapX: 8, narrowest: 100 };
const at = (picture: GraphPicture, id: string) => {
  const node = picture.nodes.find((n) => n.id === id);
  if (!node) throw new Error(`${id} has no place`);
  return node;
};
const drawn = (picture: GraphPicture) => picture.edges.map((edge) => `${edge.from}>${edge.to}`);

describe("the graph of a pipeline", () => {
  it("puts every step below all that it needs", () => {
    const steps = [
      { id: "lint", needs: [] },
      { id: "test", needs: [] },
      { id: "version", needs: ["lint", "test"] },
      { id: "package", needs: ["version"] },
    ];
    const picture = graphOf(steps, room);
    for (const step of steps)
      for (const need of step.needs) expect(at(picture, need).y).toBeLessThan(at(picture, step.id).y);
    expect(at(picture, "lint").y).toBe(at(picture, "test").y);
    expect(picture.height).toBe(3 * 40 + 2 * 20);
  });

  it("lets no two steps overlap and none leave the room, however many stand side by side", () => {
    const copies = Array.from({ length: 50 }, (_, i) => ({ id: `test-${i}`, needs: ["lint"] }));
    const picture = graphOf([{ id: "lint", needs: [] }, ...copies], room);
    for (const a of picture.nodes) {
      expect(a.x + a.width).toBeLessThanOrEqual(room.width + 0.01);
      for (const b of picture.nodes)
        if (a !== b)
          expect(
            a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y,
          ).toBe(true);
    }
  });

  it("leaves out a need that follows from another", () => {
    const steps = [
      { id: "a", needs: [] },
      { id: "b", needs: ["a"] },
      { id: "c", needs: ["a", "b"] },
    ];
    expect(drawn(graphOf(steps, room))).toEqual(["a>b", "b>c"]);
  });

  it("leads a line that passes a layer beside the steps of that layer", () => {
    const steps = [
      { id: "a", needs: [] },
      { id: "b", needs: [] },
      { id: "c", needs: ["b"] },
      { id: "d", needs: ["a", "c"] },
    ];
    const picture = graphOf(steps, room);
    const passed = at(picture, "c");
    const path = picture.edges.find((edge) => edge.from === "a" && edge.to === "d")?.path ?? "";
    const through = Number(/C[\d.]+ [\d.]+ ([\d.]+) [\d.]+ [\d.]+ [\d.]+V/.exec(path)?.[1]);
    expect(through).not.toBeNaN();
    expect(through < passed.x || through > passed.x + passed.width).toBe(true);
  });

  it("is drawn even when needs go in a circle or name nothing", () => {
    const steps = [
      { id: "a", needs: ["b", "nothing"] },
      { id: "b", needs: ["a"] },
      { id: "c", needs: ["c"] },
    ];
    const picture = graphOf(steps, room);
    expect(picture.nodes.map((node) => node.id)).toEqual(["a", "b", "c"]);
    expect(drawn(picture)).toEqual(["b>a"]);
  });

  it("of no steps takes no room", () => {
    expect(graphOf([], room)).toEqual({ nodes: [], edges: [], height: 0 });
  });
});
