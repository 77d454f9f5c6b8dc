import { describe, expect, it } from "vitest";
import { RowIndex, sightOf } from "./rows";
import { placeOf, shownLines, tellingLine } from "./shown";

describe("only lines that were found", () => {
  it("come with the lines around them, each once, in order", () => {
    expect(shownLines([3, 4, 20], 2, 22)).toEqual([1, 2, 3, 4, 5, 6, 18, 19, 20, 21]);
  });

  it("never reach over the ends of the log", () => {
    expect(shownLines([0, 9], 3, 10)).toEqual([0, 1, 2, 3, 6, 7, 8, 9]);
    expect(shownLines([], 2, 10)).toEqual([]);
  });

  it("are found again by their number", () => {
    const lines = [1, 5, 9];
    expect([1, 5, 9, 6, 0, 12].map((line) => placeOf(lines, line))).toEqual([0, 1, 2, 2, 0, 3]);
  });
});

describe("what to look for after a failure", () => {
  it("is the last line of its evidence that says something", () => {
    expect(tellingLine("exit code 1\n\nKeyError: 'REDIS_URL'\n}\n")).toBe("KeyError: 'REDIS_URL'");
    expect(tellingLine(null)).toBeNull();
  });
});

describe("a million lines", () => {
  it("can all be reached with the wheel: no line is jumped over between two notches", () => {
    const index = new RowIndex();
    index.resize(1_000_000);
    let [seen, jumps] = [0, 0];
    for (let top = 0; top <= 15_000_000; top += 120) {
      const sight = sightOf(index, 18, top, 240);
      if (sight.first > seen) jumps += 1;
      seen = sight.end;
    }
    expect(jumps).toBe(0);
    expect(seen).toBe(1_000_000);
  });
});
