import { describe, expect, it } from "vitest";
import type { EnvironmentDetail } from "../api/generated";
import { liveByHand } from "./place";

type Slot = "blue" | "green";

/** Version 1 in blue and 2 in green, visitors led to `direction`, version `recorded` recorded where it is. */
function detail(direction: Slot | null, recorded: 1 | 2 | null, more = {}): EnvironmentDetail {
  const slot = (slot: Slot, version: string | null) => ({ slot, version, state: "running" });
  const current = recorded && { version: String(recorded), slot: recorded === 1 ? "blue" : "green" };
  return {
    environment: { current, halted: null },
    observed: { direction, slots: [slot("blue", "1"), slot("green", "2")] },
    hosts: [],
    ...more,
  } as unknown as EnvironmentDetail;
}

describe("what was made live by hand", () => {
  it("is the version that answers and is not recorded as that", () => {
    expect(liveByHand(detail("blue", 2))).toBe("1");
    expect(liveByHand(detail("green", 1))).toBe("2");
    expect(liveByHand(detail("blue", null))).toBe("1");
    expect(liveByHand(detail("blue", 1, { environment: { current: { version: "1" }, halted: {} } }))).toBe(
      "1",
    );
  });

  it("is nothing where what is recorded answers, or nobody knows what does", () => {
    expect(liveByHand(detail("blue", 1))).toBeNull();
    expect(liveByHand(detail(null, 1))).toBeNull();
    expect(liveByHand(detail("blue", 2, { observed: null }))).toBeNull();
    expect(liveByHand(detail("blue", 2, { hosts: [{}] }))).toBeNull();
  });
});
