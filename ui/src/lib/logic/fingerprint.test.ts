import { describe, expect, it } from "vitest";
import { compared } from "./fingerprint";

const keys = [
  { kind: "ssh-ed25519", fingerprint: "SHA256:uNiVztksCsDhcc0u9e8BrcQXVd0DsWjEBnHSkjxrF2E" },
  { kind: "ssh-rsa", fingerprint: "SHA256:Abc" },
];

describe("a pasted fingerprint", () => {
  it("is found as it is, without its prefix, and in a whole line of ssh-keygen", () => {
    for (const text of [
      "SHA256:uNiVztksCsDhcc0u9e8BrcQXVd0DsWjEBnHSkjxrF2E",
      " uNiVztksCsDhcc0u9e8BrcQXVd0DsWjEBnHSkjxrF2E= ",
      "256 SHA256:uNiVztksCsDhcc0u9e8BrcQXVd0DsWjEBnHSkjxrF2E root@web1 (ED25519)",
    ])
      expect(compared(text, keys)).toEqual({ is: "same", key: keys[0] });
  });

  it("of another key is told, also when it only begins like one", () => {
    for (const text of [
      "SHA256:Ab",
      "SHA256:abc",
      "256",
      "SHA256:uNiVztksCsDhcc0u9e8BrcQXVd0DsWjEBnHSkjxrF2",
    ])
      expect(compared(text, keys)).toEqual({ is: "other" });
  });

  it("says nothing while there is none", () => {
    expect(compared("  ", keys)).toEqual({ is: "nothing" });
  });
});
