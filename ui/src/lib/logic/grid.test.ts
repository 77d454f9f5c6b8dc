import { describe, expect, it } from "vitest";
import { keyed, offsets, range, reveal, visible } from "./grid";

const size = { rows: 500, columns: 51, page: 10 };

describe("a grid of which only a part is drawn", () => {
  it("draws what is visible and a little around it", () => {
    const starts = offsets(Array.from({ length: 500 }, () => 64));
    expect(visible(starts, 6400, 7000)).toEqual([98, 112]);
    expect(visible(starts, 0, 600)).toEqual([0, 12]);
    expect(visible(starts, 31_400, 32_000)).toEqual([488, 500]);
  });

  it("knows items of different sizes", () => {
    expect(visible(offsets([32, 64, 64, 32, 64]), 100, 101, 0)).toEqual([2, 3]);
  });

  it("is empty without items", () => {
    expect(visible(offsets([]), 0, 600)).toEqual([0, 0]);
  });

  it("keeps what has the focus although it is elsewhere", () => {
    expect(range([3, 5], 9)).toEqual([3, 4, 9]);
    expect(range([3, 5], 4)).toEqual([3, 4]);
  });

  it("moves by keys and stops at its edges", () => {
    expect(keyed({ row: 0, column: 0 }, "ArrowUp", size)).toEqual({ row: 0, column: 0 });
    expect(keyed({ row: 495, column: 3 }, "PageDown", size)).toEqual({ row: 499, column: 3 });
    expect(keyed({ row: 3, column: 3 }, "End", size)).toEqual({ row: 3, column: 50 });
    expect(keyed({ row: 3, column: 3 }, "End", size, true)).toEqual({ row: 499, column: 50 });
    expect(keyed({ row: 3, column: 3 }, "x", size)).toBeNull();
  });

  it("scrolls only as far as needed", () => {
    expect(reveal(100, 400, 200, 264)).toBe(100);
    expect(reveal(100, 400, 64, 128)).toBe(64);
    expect(reveal(100, 400, 480, 544)).toBe(144);
  });
});
