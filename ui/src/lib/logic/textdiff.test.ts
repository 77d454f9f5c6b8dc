import { describe, expect, it } from "vitest";
import { onlyChanges, textDiff } from "./textdiff";

const told = (before: string, after: string) => textDiff(before, after).map((line) => line.text);

describe("two texts beside each other", () => {
  it("keep what both have and say what came and went", () => {
    expect(told("a\nb\nc", "a\nx\nc\nd")).toEqual([" a", "-b", "+x", " c", "+d"]);
  });

  it("that are the same have no change", () => {
    expect(textDiff("a\nb", "a\nb").every((line) => line.kind === "same")).toBe(true);
  });

  it("can be put together again from the lines, whatever they are", () => {
    const [before, after] = ["q\nw\ne\nr\nt\ny", "w\nq\nr\nr\ny\nt\nq"];
    const lines = textDiff(before, after);
    const side = (sign: string) => lines.filter((l) => l.text[0] !== sign).map((l) => l.text.slice(1));
    expect(side("+").join("\n")).toBe(before);
    expect(side("-").join("\n")).toBe(after);
  });

  it("that are long and have nothing in common are told at once", () => {
    const long = (word: string) => Array.from({ length: 5000 }, (_, i) => `${word} ${i}`).join("\n");
    expect(textDiff(long("a"), long("b"))).toHaveLength(10_000);
  });

  it("are shown with a few lines about each change", () => {
    const text = Array.from({ length: 40 }, (_, i) => `line ${i}`).join("\n");
    const shown = onlyChanges(textDiff(text, text.replace("line 20", "line twenty")));
    expect(shown.map((line) => line.text)).toContain("+line twenty");
    expect(shown).toHaveLength(3 + 2 + 3 + 2);
  });
});
