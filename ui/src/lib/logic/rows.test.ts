import { describe, expect, it } from "vitest";
import { RowIndex, scrollTo, sightOf, TALLEST } from "./rows";

function lines(count: number): RowIndex {
  const index = new RowIndex();
  index.resize(count);
  return index;
}

describe("a long list", () => {
  it("draws only what is in sight", () => {
    const sight = sightOf(lines(100_000), 18, 18_000, 360);
    expect(sight.first).toBe(996);
    expect(sight.end).toBeLessThan(1030);
    expect(sight.height).toBe(1_800_000);
    expect(sight.top).toBe(996 * 18);
  });

  it("counts wrapped lines by their rows", () => {
    const index = lines(10);
    index.set(2, 5);
    expect(index.total).toBe(14);
    expect(index.before(3)).toBe(7);
    expect([1, 2, 6, 7].map((row) => index.at(row))).toEqual([1, 2, 2, 3]);
    index.reset();
    expect(index.total).toBe(10);
  });

  it("keeps its sums while it grows", () => {
    const index = lines(1000);
    index.set(999, 4);
    index.resize(5000);
    expect(index.total).toBe(5003);
    expect(index.at(1002)).toBe(999);
    expect(index.at(1003)).toBe(1000);
  });

  it("of a million lines reaches its last line and stays within what browsers can lay out", () => {
    const index = lines(1_000_000);
    const viewport = 400;
    const end = sightOf(index, 18, TALLEST, viewport);
    expect(end.height).toBe(TALLEST);
    expect(end.end).toBe(1_000_000);
    const middle = scrollTo(index, 18, 500_000, viewport);
    const sight = sightOf(index, 18, middle, viewport);
    expect(sight.first).toBeLessThan(500_000);
    expect(sight.end).toBeGreaterThan(500_000);
    expect(sight.end - sight.first).toBeLessThan(40);
  });

  it("of nothing has nothing in sight", () => {
    expect(sightOf(lines(0), 18, 0, 400)).toEqual({ first: 0, end: 0, top: 0, height: 0 });
  });
});
