import { describe, expect, it } from "vitest";
import { markHits, parseAnsi, plainText } from "./ansi";

const looks = (line: string) => parseAnsi(line).map(({ text, look }) => [text, look.ink, look.bold]);

describe("terminal colours", () => {
  it("become spans, and a reset ends them", () => {
    expect(looks("a\u001b[31;1mb\u001b[0mc")).toEqual([
      ["a", null, false],
      ["b", 1, true],
      ["c", null, false],
    ]);
  });

  it("of 256 and of 16 million become the nearest of the 16", () => {
    expect(looks("\u001b[38;5;196mred")[0]?.[1]).toBe(9);
    expect(looks("\u001b[38;2;0;120;0mgreen")[0]?.[1]).toBe(2);
    expect(looks("\u001b[38;5;250mgrey")[0]?.[1]).toBe(7);
  });

  it("leave nothing of cursor moves, titles and control characters", () => {
    expect(plainText("\u001b[2K\u001b[1Gok\u0007\u001b]0;title\u0007!\r")).toBe("ok!");
    expect(
      parseAnsi("\u001b[2Kok\u001b]8;;https://x\u0007link\u001b]8;;\u0007")
        .map((span) => span.text)
        .join(""),
    ).toBe("oklink");
  });

  it("keep markup as text", () => {
    expect(parseAnsi("<img src=x onerror=alert(1)>")[0]?.text).toBe("<img src=x onerror=alert(1)>");
  });

  it("do not hang on a long line of broken sequences", () => {
    const line = "\u001b[".repeat(200_000);
    const begun = performance.now();
    parseAnsi(line);
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

describe("search hits", () => {
  it("are found over the border of two colours", () => {
    const marked = markHits(parseAnsi("Key\u001b[31mError\u001b[0m: x keyerror"), "keyerror");
    expect(marked.filter((span) => span.hit).map((span) => span.text)).toEqual(["Key", "Error", "keyerror"]);
    expect(marked.map((span) => span.text).join("")).toBe("KeyError: x keyerror");
  });
});
