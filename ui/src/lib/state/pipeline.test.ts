import { beforeEach, describe, expect, it, vi } from "vitest";
import { FakeBackend, type FakeOptions } from "../backend/fake";
import { PipelineDraft } from "./pipeline.svelte";
import { Session } from "./session.svelte";

beforeEach(() => localStorage.clear());

async function opened(app = "guestbook", options: FakeOptions = {}) {
  const backend = new FakeBackend(options);
  const draft = new PipelineDraft(new Session(backend), app);
  await draft.load();
  return { backend, draft };
}

/** Types a text and waits until it was read. */
async function type(draft: PipelineDraft, text: string) {
  draft.edit(text);
  await vi.waitFor(() => expect(draft.checking).toBe(false));
}

const STEP = '\n[evaluate.steps.kpi]\nrun = "true"\n';

describe("a pipeline's text", () => {
  it("and its graph are in step", async () => {
    const { draft } = await opened();
    await type(draft, draft.text + STEP);
    expect(draft.shown?.steps.find((step) => step.id === "kpi")?.line).toBe(
      draft.text.split("\n").length - 2,
    );
    expect(draft.dirty).toBe(true);
  });

  it("with errors keeps the last graph, says where they are, and is not saved", async () => {
    const { backend, draft } = await opened();
    const steps = draft.shown?.steps.length;
    await type(draft, `tiemout = 1\n${draft.text}`);
    expect(draft.problems[0]).toMatchObject({ line: 1, column: 1 });
    expect(draft.shown?.steps.length).toBe(steps);
    await draft.save();
    expect(backend.calls.some((call) => call.command === "pipeline.save")).toBe(false);
  });

  it("is read once for many keystrokes", async () => {
    const { backend, draft } = await opened();
    const reads = () => backend.calls.filter((call) => call.command === "pipeline.get").length;
    const before = reads();
    for (const sign of "abc") draft.edit(`${draft.text}# ${sign}\n`);
    await vi.waitFor(() => expect(draft.checking).toBe(false));
    expect(reads()).toBe(before + 1);
  });

  it("is saved over the file that was read", async () => {
    const { backend, draft } = await opened();
    const over = draft.saved?.digest;
    await type(draft, draft.text + STEP);
    await draft.save();
    expect(backend.calls.at(-1)?.params).toMatchObject({ app: "guestbook", over });
    expect(draft.dirty).toBe(false);
    expect(localStorage.length).toBe(0);
  });

  it("that met another's is kept, and saved only when the person says so", async () => {
    const { backend, draft } = await opened();
    await type(draft, draft.text + STEP);
    const mine = draft.text;
    backend.saveElsewhere("guestbook", 'app = "guestbook"\n');
    await draft.save();
    expect(draft.conflict?.text).toBe('app = "guestbook"\n');
    expect(draft.text).toBe(mine);
    await draft.keepMine();
    expect(draft.conflict).toBeUndefined();
    expect(draft.saved?.text).toBe(mine);
  });

  it("that could not be written is no conflict, and the reason is said", async () => {
    const { draft } = await opened("guestbook", { fail: { "pipeline.save": "conflict" } });
    await type(draft, draft.text + STEP);
    await draft.save();
    expect(draft.conflict).toBeUndefined();
    expect(draft.saving.error?.code).toBe("conflict");
    expect(draft.dirty).toBe(true);
  });

  it("gives way to another's only when the person says so", async () => {
    const { backend, draft } = await opened();
    await type(draft, draft.text + STEP);
    backend.saveElsewhere("guestbook", 'app = "guestbook"\n');
    await draft.save();
    draft.takeSaved();
    expect(draft.text).toBe('app = "guestbook"\n');
    expect(draft.dirty).toBe(false);
  });

  it("that was not saved is back next time, until it is dropped", async () => {
    const { draft } = await opened();
    const before = draft.text;
    await type(draft, before + STEP);
    const next = (await opened()).draft;
    expect(next.restored).toBe(true);
    expect(next.text).toBe(before + STEP);
    next.drop();
    expect((await opened()).draft.text).toBe(before);
  });

  it("of an app without a file is what was detected, and can be saved", async () => {
    const { draft } = await opened("sample");
    expect(draft.saved?.digest).toBeNull();
    expect(draft.text).toContain('app = "sample"');
    await draft.save();
    expect(draft.saved?.digest).not.toBeNull();
  });
});
