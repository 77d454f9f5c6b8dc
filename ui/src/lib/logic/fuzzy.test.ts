import { describe, expect, it } from "vitest";
import { best, fit } from "./fuzzy";

const names = ["guestbook", "guest-list", "shop-api", "Ship guestbook to prod", "Ship shop-api to prod"];
const find = (question: string) => best(question, names, (name) => name, 10);

describe("finding by a few letters", () => {
  it("puts the name that begins like that first", () => {
    expect(find("guest")[0]).toBe("guestbook");
  });

  it("finds words in any order", () => {
    expect(find("prod guest")).toEqual(["Ship guestbook to prod"]);
  });

  it("finds initials", () => {
    expect(find("gl")[0]).toBe("guest-list");
  });

  it("does not find scattered letters", () => {
    expect(fit("zzz", "pizza buzzing")).toBeNull();
    expect(fit("xq", "guestbook")).toBeNull();
  });

  it("without a question keeps the order", () => {
    expect(find(" ")).toEqual(names);
  });
});
