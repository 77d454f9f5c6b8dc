import { afterEach, describe, expect, it, vi } from "vitest";
import { CallError } from "./types";
import { eventsOf, takeToken, WebBackend } from "./web";

afterEach(() => {
  vi.unstubAllGlobals();
  sessionStorage.clear();
  location.hash = "";
});

function answers(status: number, body: unknown) {
  const call = vi.fn((_path: string, _init: RequestInit) =>
    Promise.resolve(new Response(JSON.stringify(body), { status })),
  );
  vi.stubGlobal("fetch", call);
  return call;
}

describe("the token of a link", () => {
  it("is taken out of the address bar and kept for the tab", () => {
    history.replaceState(null, "", "/#token=abc%2Fd");
    expect(takeToken()).toBe("abc/d");
    expect(location.href).not.toContain("token");
    expect(takeToken()).toBe("abc/d");
  });

  it("is sent with every call", async () => {
    const call = answers(200, []);
    await new WebBackend("secret").call("app.list", {});
    const [path, init] = call.mock.calls[0] ?? [];
    expect(path).toBe("/api/app.list");
    expect((init?.headers as Record<string, string>)["Authorization"]).toBe("Bearer secret");
  });

  it("that is not valid any more is explained", async () => {
    answers(401, null);
    await expect(new WebBackend("old").call("app.list", {})).rejects.toMatchObject({ code: "refused" });
  });
});

describe("an answer of the program", () => {
  it("that is an error keeps its code, hints and problems", async () => {
    const error = { code: "busy", message: "m", hints: ["h"], detail: null, problems: [], run: "r" };
    answers(409, error);
    const failure = await new WebBackend("t").call("app.list", {}).catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(CallError);
    expect(failure).toMatchObject({ code: "busy", api: { hints: ["h"], run: "r" } });
  });

  it("that does not come is a lost connection, not a defect", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("refused")));
    await expect(new WebBackend("t").call("app.list", {})).rejects.toMatchObject({ code: "disconnected" });
  });
});

describe("the change feed", () => {
  it("survives events that are cut anywhere, comments and both line ends", async () => {
    const text = ': hello\n\nevent: changes\ndata: {"runs":["a"]}\n\ndata: {"runs":\r\ndata: ["b"]}\r\n\r\n';
    for (const size of [1, 7, 1000]) {
      const chunks = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
          controller.close();
        },
      });
      const events: string[] = [];
      for await (const event of eventsOf(stream)) events.push(event);
      expect(events.map((event) => JSON.parse(event) as unknown)).toEqual([{ runs: ["a"] }, { runs: ["b"] }]);
    }
  });
});
