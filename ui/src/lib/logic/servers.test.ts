import { describe, expect, it } from "vitest";
import type { PrepareProgress, PrepareState } from "../api/generated";
import { commandMark, environmentOn } from "./servers";

const put = (text: string, target = "ssh://deploy@web1") => {
  const { at, text: piece, from, to } = environmentOn(target, text);
  const whole = text.slice(0, at) + piece + text.slice(at);
  return { whole, selected: whole.slice(from, to) };
};

describe("an environment on a server", () => {
  it("is put at the end, with its name selected", () => {
    const { whole, selected } = put('app = "a"\n\n[env.local]\ntarget = "docker"\n');
    expect(whole).toBe(
      'app = "a"\n\n[env.local]\ntarget = "docker"\n\n[env.prod]\ntarget = "ssh://deploy@web1"\n',
    );
    expect(selected).toBe("prod");
    expect(put('app = "a"').whole).toBe('app = "a"\n\n[env.prod]\ntarget = "ssh://deploy@web1"\n');
    expect(put("").whole).toBe('[env.prod]\ntarget = "ssh://deploy@web1"\n');
  });

  it("never gets a name that is taken", () => {
    expect(put("[env.prod]\n").selected).toBe("staging");
    expect(put('[env]\nprod = "docker"\n[env.staging.config]\n').selected).toBe("server2");
    expect(put("[env.production]\n").selected).toBe("prod");
  });
});

describe("the commands of a preparation", () => {
  const progress = (state: PrepareState, number: number): PrepareProgress => ({
    target: "ssh://web1",
    state,
    number,
    commands: ["a", "b", "c"],
    status: null,
    log: "",
    next: 0,
  });
  const shapes = (of: PrepareProgress | undefined) => [0, 1, 2].map((i) => commandMark(of, i).shape);

  it("are shown done, under way or waiting, and never as done after one that failed", () => {
    expect(shapes(undefined)).toEqual(["pending", "pending", "pending"]);
    expect(shapes(progress("running", 2))).toEqual(["done", "running", "pending"]);
    expect(shapes(progress("failed", 2))).toEqual(["done", "failed", "pending"]);
    expect(shapes(progress("interrupted", 1))).toEqual(["unknown", "pending", "pending"]);
    expect(shapes(progress("done", 3))).toEqual(["done", "done", "done"]);
  });
});
