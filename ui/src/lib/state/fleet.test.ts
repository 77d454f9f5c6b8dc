import { beforeEach, describe, expect, it, vi } from "vitest";
import { FakeBackend } from "../backend/fake";
import { FleetBoard } from "./fleet.svelte";
import { Session } from "./session.svelte";

beforeEach(() => localStorage.clear());

async function board(): Promise<FleetBoard> {
  const made = new FleetBoard(new Session(new FakeBackend({ scenario: "full" })));
  await made.fleet.load();
  return made;
}

describe("the fleet on the page", () => {
  it("goes past headings in both directions and stops at the first app", async () => {
    const fleet = await board();
    fleet.arrange({ grouping: "state" });
    expect(fleet.lines[0]?.kind).toBe("group");
    fleet.go({ row: 1, column: 1 });
    fleet.go({ row: 0, column: 1 });
    expect(fleet.active).toEqual({ row: 1, column: 1 });
    const heading = fleet.lines.findLastIndex((line) => line.kind === "group");
    fleet.go({ row: heading - 1, column: 1 });
    fleet.go({ row: heading, column: 1 });
    expect(fleet.active.row).toBe(heading + 1);
  });

  it("keeps the chosen cell when lines move", async () => {
    const fleet = await board();
    expect(fleet.goTo("search", "staging")).toBe(true);
    fleet.arrange({ filter: "search" });
    fleet.stay();
    expect(fleet.appAt(fleet.active.row)?.app).toBe("search");
    expect(fleet.cellAt(fleet.active)?.environment).toBe("staging");
  });

  it("keeps views over visits", async () => {
    const fleet = await board();
    fleet.arrange({ filter: "prod", density: "dense" });
    fleet.keep("Production");
    const again = await board();
    expect(again.density).toBe("dense");
    expect(again.views).toEqual([{ name: "Production", filter: "prod", grouping: "none", density: "dense" }]);
    again.drop("Production");
    expect((await board()).views).toEqual([]);
  });

  it("asks again soon while something was not looked at, and once a minute after that", async () => {
    vi.useFakeTimers();
    const backend = new FakeBackend({ scenario: "full", unseen: true });
    const stop = new FleetBoard(new Session(backend)).start();
    const asked = () => backend.calls.filter((call) => call.command === "fleet.get").length;
    await vi.advanceTimersByTimeAsync(100);
    expect(asked()).toBe(1);
    await vi.advanceTimersByTimeAsync(12_000);
    expect(asked()).toBe(4);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked()).toBe(5);
    stop();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(asked()).toBe(5);
    vi.useRealTimers();
  });

  it("leaves the program alone while there is nothing it could see more of", async () => {
    vi.useFakeTimers();
    const backend = new FakeBackend({ scenario: "empty" });
    const stop = new FleetBoard(new Session(backend)).start();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(backend.calls.filter((call) => call.command === "fleet.get")).toHaveLength(1);
    stop();
    vi.useRealTimers();
  });

  it("looks at each place once, and goes on when one cannot be looked at", async () => {
    const backend = new FakeBackend({ scenario: "full", fail: { "environment.get": "target_unreachable" } });
    const fleet = new FleetBoard(new Session(backend));
    await fleet.look(["local", "staging", "prod"].map((environment) => ({ app: "guestbook", environment })));
    const asked = backend.calls
      .filter((call) => call.command === "environment.get")
      .map((call) => call.params);
    expect(asked).toHaveLength(3);
    expect(fleet.looking).toBeUndefined();
    expect(fleet.fleet.value).toBeDefined();
  });
});
