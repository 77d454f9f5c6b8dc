import { describe, expect, it } from "vitest";
import { fleet, planFor } from "../backend/fake/world";
import { changeLines, givenBy } from "./change";

const guestbook = () => fleet()[0] as ReturnType<typeof fleet>[number];
const current = () => guestbook().environments[0]?.current ?? null;

describe("what is there beside what will be", () => {
  it("says that Build decides what is not known yet, instead of guessing", () => {
    const plan = planFor({ app: "guestbook", kind: "deploy", environment: "local" }, guestbook());
    const lines = changeLines(plan, current(), []);
    expect(lines.map((line) => line.after)).toEqual([
      "decided by this build",
      "made by this run",
      "9f3c2b7 with uncommitted changes",
      "green",
    ]);
    expect(lines.map((line) => line.before)).toEqual([
      "1.4.0",
      current()?.image?.slice(7, 19),
      "9f3c2b7",
      "blue",
    ]);
  });

  it("names the version a rollback goes back to", () => {
    const plan = planFor({ app: "guestbook", kind: "rollback", environment: "local" }, guestbook());
    expect(changeLines(plan, current(), [])[0]).toMatchObject({ before: "1.4.0", after: "1.3.2" });
  });

  it("of a first deployment has nothing before", () => {
    const notes = fleet()[1] as ReturnType<typeof fleet>[number];
    const plan = planFor({ app: "notes", kind: "deploy" }, notes);
    expect(changeLines(plan, null, []).every((line) => line.before === "nothing")).toBe(true);
  });

  it("names configuration and secrets, never a secret's value", () => {
    const plan = planFor({ app: "guestbook", kind: "deploy", environment: "local" }, guestbook());
    expect(givenBy(plan)).toEqual({ configuration: ["LOG_LEVEL", "WORKERS"], secrets: ["SECRET_KEY"] });
    const build = planFor({ app: "guestbook", kind: "deploy", phases: ["build"] }, guestbook());
    expect(givenBy(build)).toBeNull();
  });
});
