import { describe, expect, it } from "vitest";
import { ledger } from "../backend/fake/ledger";
import { chainOf } from "./chain";

describe("the environment chain", () => {
  const joints = (app = ledger()) => chainOf(app.environments).map((link) => link.joint);

  it("is one line where the image is the same, and broken where the same version was built again", () => {
    expect(joints()).toEqual([null, "other", "same", "rebuilt"]);
  });

  it("claims nothing about a place where nothing is known", () => {
    const app = ledger();
    const places = app.environments.map((place, i) => (i === 2 ? { ...place, current: null } : place));
    expect(chainOf(places).map((link) => link.joint)).toEqual([null, "other", "unknown", "unknown"]);
  });

  it("offers what stands before a place, unless it is there already", () => {
    expect(chainOf(ledger().environments).map((link) => link.promotable)).toEqual([
      null,
      "2.4.0",
      null,
      "2.3.1",
    ]);
  });
});
