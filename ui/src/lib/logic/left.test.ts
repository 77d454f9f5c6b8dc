import { describe, expect, it } from "vitest";
import { schedule, tell, type Story } from "../backend/fake/story";
import { fleet, planFor } from "../backend/fake/world";
import { leftBehind } from "./left";

const app = (i: number) => fleet()[i] as ReturnType<typeof fleet>[number];
const story = (i: number, name: string): Story => ({
  run: "r",
  plan: planFor({ app: name, kind: "deploy", environment: "local" }, app(i)),
  createdAt: 0,
  pace: 100,
  end: { end: "live" },
});
const during = (of: Story, step: string) => leftBehind(tell(of, (schedule(of).get(step)?.begin ?? 0) + 1));

describe("stopping a run", () => {
  it("before Ship leaves visitors alone and keeps what Build has made", () => {
    const left = during(story(0, "guestbook"), "release");
    expect(left.build.join()).toContain("seatrial/guestbook:1.5.0");
    expect(left.visitors).toContain("1.4.0 keeps serving");
  });

  it("during Ship says which steps are taken back, the last one first", () => {
    const left = during(story(0, "guestbook"), "verify");
    expect(left.ship.map((step) => step.takenBack)).toEqual([false, false, true, false, false]);
    expect(left.ship[2]?.title).toContain("Start");
  });

  it("after the switch says that traffic goes back first", () => {
    expect(during(story(0, "guestbook"), "drain").visitors).toContain("Traffic goes back to 1.4.0");
  });

  it("while requests are held says so", () => {
    expect(during(story(2, "sample"), "health").visitors).toContain("held right now");
  });

  it("of Build alone touches no environment", () => {
    const plan = planFor({ app: "guestbook", kind: "deploy", phases: ["build"] }, app(0));
    expect(leftBehind(tell({ ...story(0, "guestbook"), plan }, 1)).visitors).toContain("No environment");
  });
});
