import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OutputPage } from "../api/generated";
import { FakeBackend } from "../backend/fake";
import { KEPT, LiveLog } from "./livelog.svelte";
import { Session } from "./session.svelte";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A program that gives these pages one after the other. */
function scripted(pages: Partial<OutputPage>[]) {
  const session = new Session(new FakeBackend());
  const asked: unknown[] = [];
  vi.spyOn(session, "call").mockImplementation((_, params) => {
    asked.push(params);
    const page = pages.shift();
    return page ? (Promise.resolve(pageOf(page)) as never) : new Promise(() => undefined);
  });
  return { log: new LiveLog(session, "shop", "prod", null), asked };
}

function pageOf(page: Partial<OutputPage>): OutputPage {
  const lines = page.lines ?? [];
  const next = (lines.at(-1)?.line ?? -1) + 1;
  return {
    environment: "prod",
    slot: "blue",
    state: "running",
    message: null,
    feed: 1,
    first: 0,
    next,
    total: next,
    revision: next,
    ...page,
    lines,
  };
}

const lines = (from: number, texts: string[]) =>
  texts.map((text, i) => ({ line: from + i, slot: "blue" as const, at: "", stream: "out", text }));

describe("an app's output on the page", () => {
  it("goes on after what it has, and asks at once when there is more", async () => {
    const { log, asked } = scripted([{ lines: lines(0, ["a", "b"]), total: 3 }, { lines: lines(2, ["c"]) }]);
    const stop = log.follow(() => true);
    await vi.advanceTimersByTimeAsync(1_000);
    stop();
    expect([log.total, log.line(2)?.text, log.state]).toEqual([3, "c", "running"]);
    expect(asked[1]).toMatchObject({ feed: 1, from: 2, seen: null });
    expect(asked[2]).toMatchObject({ from: 3, seen: 3 });
  });

  it("asks for a worker's lines where one was chosen", async () => {
    const session = new Session(new FakeBackend());
    const call = vi.spyOn(session, "call").mockReturnValue(new Promise(() => undefined));
    const stop = new LiveLog(session, "shop", "prod", null, null, "mails").follow(() => true);
    await vi.advanceTimersByTimeAsync(1);
    stop();
    expect(call.mock.calls[0]?.[1]).toMatchObject({ slot: null, worker: "mails" });
  });

  it("begins anew when the program counts anew", async () => {
    const { log } = scripted([{ lines: lines(0, ["old"]) }, { feed: 2, lines: lines(0, ["new"]) }]);
    const stop = log.follow(() => true);
    await vi.advanceTimersByTimeAsync(1_000);
    stop();
    expect([log.total, log.line(0)?.text]).toEqual([1, "new"]);
  });

  it("keeps a bounded number of lines, and the numbers of the newest", async () => {
    const many = Array.from({ length: KEPT + 5_000 }, (_, i) => `line ${i}`);
    const { log } = scripted([{ lines: lines(0, many) }]);
    const stop = log.follow(() => true);
    await vi.advanceTimersByTimeAsync(1);
    stop();
    expect(log.total).toBe(KEPT + 5_000);
    expect(log.line(4_999)).toBeUndefined();
    expect(log.line(5_000)?.text).toBe("line 5000");
  });

  it("finds a text in what is there and in what comes", async () => {
    const { log } = scripted([
      { lines: lines(0, ["\u001b[31mError\u001b[0m one", "fine"]) },
      { lines: lines(2, ["another error"]) },
    ]);
    const stop = log.follow(() => true);
    await vi.advanceTimersByTimeAsync(1);
    await log.find("error");
    expect(log.hits).toEqual([0]);
    await vi.advanceTimersByTimeAsync(1_000);
    stop();
    expect(log.hits).toEqual([0, 2]);
  });

  it("says why it was lost, and is there again", async () => {
    const { log } = scripted([{ state: "lost", message: "no route" }, { state: "running" }]);
    const stop = log.follow(() => true);
    await vi.advanceTimersByTimeAsync(1);
    expect([log.state, log.message]).toEqual(["lost", "no route"]);
    await vi.advanceTimersByTimeAsync(1_000);
    stop();
    expect([log.state, log.message]).toEqual(["running", null]);
  });
});
