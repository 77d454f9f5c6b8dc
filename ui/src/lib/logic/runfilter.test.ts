import { describe, expect, it } from "vitest";
import { filterOf, filters, questionOf } from "./runfilter";

const of = (search: string) => filterOf(new URLSearchParams(search));

describe("looking for runs", () => {
  it("is named by the address, and what the address does not know is everything", () => {
    expect(of("app=guestbook&state=failed&who=ada")).toEqual({
      app: "guestbook",
      env: "",
      state: "failed",
      who: "ada",
      text: "",
    });
    expect(of("state=levitating").state).toBe("");
    expect(filters(of(""))).toBe(false);
    expect(filters(of("text=x"))).toBe(true);
  });

  it("asks the program for every status a chosen state stands for", () => {
    expect(questionOf(of("state=going"), 50, null).statuses).toEqual([
      "queued",
      "waiting",
      "running",
      "undoing",
    ]);
    expect(questionOf(of("text=%20%20"), 50, "id")).toMatchObject({ text: null, before: "id", statuses: [] });
  });
});
