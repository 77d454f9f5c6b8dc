import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const TOKENS = "src/lib/styles/tokens.css";
const tokens = readFileSync(TOKENS, "utf8");

/** The styles of every file that has some, but for the tokens. */
function styles(): { file: string; text: string }[] {
  return readdirSync("src", { recursive: true, encoding: "utf8" })
    .map((name) => join("src", name))
    .filter((file) => /\.(svelte|css)$/.test(file) && file !== TOKENS)
    .map((file) => {
      const text = readFileSync(file, "utf8");
      return {
        file,
        text: file.endsWith(".css") ? text : (/<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? ""),
      };
    });
}

describe("the tokens", () => {
  it("are the only place with colours", () => {
    const literal = /#[0-9a-f]{3,8}\b(?=[;\s,)])|\b(rgb|rgba|hsl|oklch)\(/i;
    expect(
      styles()
        .filter(({ text }) => literal.test(text))
        .map(({ file }) => file),
    ).toEqual([]);
  });

  it("give each status a colour in every theme", () => {
    const dark = /data-theme="dark"\] \{([\s\S]*?)\n\}/.exec(tokens)?.[1] ?? "";
    for (const status of ["done", "failed", "running", "waiting", "look", "quiet"]) {
      expect(tokens).toContain(`--${status}: #`);
      expect(dark).toContain(`--${status}: #`);
    }
  });

  it("are all there that styles use", () => {
    const used = new Set(
      styles().flatMap(({ text }) => [...text.matchAll(/var\((--[a-z0-9-]+)/g)].map((m) => m[1])),
    );
    expect([...used].filter((name) => !tokens.includes(`${name}:`))).toEqual([]);
  });
});
