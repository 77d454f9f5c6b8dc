import { describe, expect, it } from "vitest";
import { commandFor, insertionOf, SNIPPETS, type Snippet } from "./snippets";

const snippet = (practice: string) => SNIPPETS.find((s) => s.practice === practice) as Snippet;
const put = (text: string, practice: string, kind = "") => {
  const { at, text: piece, from, to } = insertionOf(text, snippet(practice), kind);
  const whole = text.slice(0, at) + piece + text.slice(at);
  return { whole, selected: whole.slice(from, to) };
};

describe("the step library", () => {
  it("knows commands by the kind of project, and one for every other", () => {
    expect(commandFor(snippet("lint"), "Python project")).toBe("ruff check .");
    expect(commandFor(snippet("lint"), "Dockerfile")).toBe("make lint");
  });

  it("puts a step behind those of its phase and before the next table's comment", () => {
    const text = '[build.steps.lint]\nrun = "x"\n\n# How it is shipped.\n[ship]\nport = 80\n';
    const { whole, selected } = put(text, "unit-test", "Go project");
    expect(whole).toBe(
      '[build.steps.lint]\nrun = "x"\n\n[build.steps.unit-test]\nrun = "go test ./..."\n\n# How it is shipped.\n[ship]\nport = 80\n',
    );
    expect(selected).toBe("go test ./...");
  });

  it("puts the first step of a phase before the environments, or at the end", () => {
    expect(put('app = "a"\n\n[env.local]\ntarget = "docker"\n', "kpi").whole).toContain('"\n\n[env.local]\n');
    expect(put('app = "a"', "lint").whole).toBe('app = "a"\n\n[build.steps.lint]\nrun = "make lint"\n');
    expect(put("", "lint").whole).toBe('[build.steps.lint]\nrun = "make lint"\n');
  });
});
