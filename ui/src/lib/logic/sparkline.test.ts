import { describe, expect, it } from "vitest";
import { sparkline } from "./sparkline";

describe("a sparkline", () => {
  it("ends at the right edge and grows from there to the left", () => {
    expect(sparkline([0, 10], 60, 20, 4)).toBe("M40.0 19.0L60.0 1.0");
    expect(sparkline([5, 5, 5, 5], 60, 20, 4, 10)).toBe("M0.0 10.0L20.0 10.0L40.0 10.0L60.0 10.0");
  });

  it("draws nothing of less than two values, and no broken line of zeros", () => {
    expect(sparkline([3], 60, 20, 4)).toBe("");
    expect(sparkline([0, 0], 60, 20, 4)).toBe("M40.0 19.0L60.0 19.0");
  });
});
