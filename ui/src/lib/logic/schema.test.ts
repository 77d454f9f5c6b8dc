import { describe, expect, it } from "vitest";
import generated from "../../../../docs/reference/seatrial.schema.json";
import { explain, nodesAt, offersAt, placeOf, type SchemaNode } from "./schema";

const schema = generated as unknown as SchemaNode;
const offered = (before: string) => offersAt(schema, placeOf(before)).map((offer) => offer.word);

describe("completion in seatrial.toml", () => {
  it("offers the keys of the table the cursor is in", () => {
    expect(offered("[build.steps.lint]\nru")).toContain("run");
    expect(offered("[build.steps.lint]\nru")).not.toContain("strategy");
    expect(offered("[ship]\n")).toEqual(expect.arrayContaining(["strategy", "health", "keep_old"]));
    expect(offered("ap")).toContain("app");
  });

  it("offers tables in a header, and what stands below one", () => {
    expect(offered("[bu")).toEqual(expect.arrayContaining(["build", "ship", "evaluate", "env"]));
    expect(offered("[bu")).not.toContain("app");
    expect(offered("[build.st")).toContain("steps");
    expect(offered("[env.prod.sh")).toContain("ship");
  });

  it("offers the words a value can be, with their quotes", () => {
    const place = placeOf("[ship]\nstrategy = ");
    expect(offersAt(schema, place).map((offer) => offer.insert)).toEqual(['"blue-green"', '"live"']);
    expect(offered("[build.steps.lint]\nblocking = ")).toEqual(["true", "false"]);
  });

  it("knows where it is inside an inline table", () => {
    expect(offered("[ship]\nhealth = { pa")).toEqual(expect.arrayContaining(["path", "deadline"]));
    expect(offered('[ship]\nhealth = { path = "/a=b,{", dead')).toContain("deadline");
    expect(offered('[evaluate]\nsmoke = [{ path = "/", wi')).toContain("within");
  });

  it("offers nothing where names are free", () => {
    expect(offered("[ship]\nnot_a_key = ")).toEqual([]);
    expect(nodesAt(schema, ["ship", "not_a_key"])).toEqual([]);
  });
});

describe("an explanation in seatrial.toml", () => {
  it("says what a key means and what holds without it", () => {
    const found = explain(schema, ["ship", "strategy"]);
    expect(found?.about).toContain("How traffic is directed");
    expect(found?.detail).toContain('default "blue-green"');
  });

  it("reaches through names that are free", () => {
    expect(explain(schema, ["build", "steps", "lint", "needs"])?.about).toContain("have to succeed first");
    expect(explain(schema, ["env", "prod", "ship", "keep_old"])?.about).toContain("old version");
  });

  it("is not made up for what is unknown", () => {
    expect(explain(schema, ["ship", "nonsense"])).toBeNull();
    expect(explain(schema, [])).toBeNull();
  });
});
