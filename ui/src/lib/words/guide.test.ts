import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pages } from "virtual:guide";
import { ERRORS } from "./errors";

describe("the guide shipped with the page", () => {
  it("has a page for each file, the first one for beginners", () => {
    expect(pages[0]?.id).toBe("getting-started");
    expect(pages.map((page) => page.id)).toContain("reference");
  });

  it("has links only to pages and parts that exist", () => {
    const ids = (html: string) => [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    const broken = pages.flatMap((page) =>
      [...page.html.matchAll(/href="#\/help\/([^"/]+)(?:\/([^"]+))?"/g)]
        .filter(([, id, part]) => {
          const target = pages.find((other) => other.id === id);
          return !target || (part !== undefined && !ids(target.html).includes(part));
        })
        .map(([link]) => `${page.id}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it("explains what error notes point at", () => {
    for (const [code, { guide }] of Object.entries(ERRORS)) {
      if (!guide) continue;
      const [id, part] = guide;
      const page = pages.find((candidate) => candidate.id === id);
      expect(page, code).toBeDefined();
      if (part)
        expect(
          page?.parts.map((heading) => heading.id),
          code,
        ).toContain(part);
    }
  });

  it("has what screens point at", () => {
    const asked = readdirSync("src", { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".svelte"))
      .flatMap((file) => [
        ...readFileSync(join("src", file), "utf8").matchAll(/links\.help\("([^"]+)"(?:, "([^"]+)")?/g),
      ]);
    expect(asked.length).toBeGreaterThan(3);
    for (const [link, id, part] of asked) {
      const page = pages.find((candidate) => candidate.id === id);
      expect(page, link).toBeDefined();
      if (part)
        expect(
          page?.parts.map((heading) => heading.id),
          link,
        ).toContain(part);
    }
  });

  it("carries no markup but what Markdown makes", () => {
    expect(
      pages.filter((page) => /<script|<style|style=|onerror/i.test(page.html)).map((page) => page.id),
    ).toEqual([]);
  });
});
