import { describe, expect, it } from "vitest";
import type { PlaceUsage, SlotUsage } from "../api/generated";
import { FakeBackend } from "../backend/fake";
import { Session } from "./session.svelte";
import { UsageWatch, usageKey } from "./usage.svelte";

const used = (memory: number) => ({
  cpu_percent: 1,
  memory,
  memory_limit: null,
  received: 0,
  sent: 0,
  tasks: 1,
});

function looked(...slots: Partial<SlotUsage>[]): PlaceUsage {
  const whole = (slot: Partial<SlotUsage>): SlotUsage => ({
    slot: "blue",
    version: "1.0.0",
    started_at: null,
    restarts: 0,
    used: null,
    image_bytes: null,
    ...slot,
  });
  return { environment: "prod", server: null, at: "", slots: slots.map(whole) };
}

describe("what a place uses", () => {
  it("tells a slot from its workers, each with its own past", () => {
    const watch = new UsageWatch(new Session(new FakeBackend()), "shop", "prod");
    watch.take(looked({ used: used(10) }, { worker: "mails", used: used(3) }));
    watch.take(looked({ used: used(20) }, { worker: "mails", used: used(4) }));
    expect(watch.seen["blue"]?.memory).toEqual([10, 20]);
    expect(watch.seen[usageKey("blue", "mails")]?.memory).toEqual([3, 4]);
    expect(watch.of(usageKey("blue", "mails"))?.used?.memory).toBe(4);
    watch.take(looked({ used: used(20) }, { worker: "mails", used: null }));
    expect(watch.seen[usageKey("blue", "mails")]).toBeUndefined();
  });
});
