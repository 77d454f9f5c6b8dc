// A pipeline's text while a person changes it: read along by the program, saved over what was read, never lost.

import type { Digest, PipelineView, Problem } from "../api/generated";
import { CallError } from "../backend";
import { Deed } from "./remote.svelte";
import type { Session } from "./session.svelte";

const PAUSE_MS = 300;
const DRAFT = "seatrial-draft:";

/** What is in the folder. */
interface Saved {
  text: string;
  /** Null: there is no file. */
  digest: Digest | null;
}

/** A text that is being changed. */
export class PipelineDraft {
  text = $state("");
  /** What the program says about the newest text it has read. */
  read = $state.raw<PipelineView | undefined>(undefined);
  /** The last reading without errors: what the graph shows. */
  shown = $state.raw<PipelineView | undefined>(undefined);
  saved = $state.raw<Saved | undefined>(undefined);
  /** What somebody else saved meanwhile. */
  conflict = $state.raw<Saved | undefined>(undefined);
  /** Whether the text of last time came back. */
  restored = $state(false);
  /** Whether a text waits to be read. */
  checking = $state(false);
  error = $state.raw<CallError | undefined>(undefined);
  readonly saving = new Deed();
  readonly app: string;
  #session: Session;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  constructor(session: Session, app: string) {
    this.#session = session;
    this.app = app;
  }

  /** Whether there is something that is not in the file. */
  get dirty(): boolean {
    return this.saved !== undefined && this.text !== this.saved.text;
  }

  /** What is wrong with the text. */
  get problems(): readonly Problem[] {
    return this.read?.problems ?? [];
  }

  /** How many of them keep it from being saved. */
  get errors(): number {
    return this.problems.filter((problem) => problem.severity === "error").length;
  }

  /** Reads the file; a text of last time that was not saved comes back. */
  async load(): Promise<void> {
    const view = await this.#ask({ app: this.app });
    if (!view) return;
    this.saved = { text: view.text, digest: view.saved };
    const draft = this.saved ? localStorage.getItem(DRAFT + this.app) : null;
    this.restored = draft !== null && draft !== view.text;
    if (this.restored && draft !== null) this.edit(draft);
    else this.#take(view);
  }

  /** Takes a changed text; it is read when the person pauses. */
  edit(text: string): void {
    if (text === this.text && this.read) return;
    this.text = text;
    this.#keep();
    this.checking = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#check(), PAUSE_MS);
  }

  /** Saves the text over the file that was read. */
  async save(): Promise<void> {
    const { saved, text } = this;
    if (!saved || this.errors > 0) return;
    const view = await this.saving.do(() =>
      this.#session.call("pipeline.save", { app: this.app, text, over: saved.digest }),
    );
    if (view) {
      this.saved = { text: view.text, digest: view.saved };
      this.conflict = undefined;
      this.restored = false;
      // What was typed while it was being saved stays.
      if (this.text === text) this.#take(view);
      this.#keep();
    } else if (this.saving.error?.code === "conflict") {
      await this.#meet();
    }
  }

  /** Saves this text although another one is in the file by now. */
  async keepMine(): Promise<void> {
    if (!this.conflict) return;
    this.saved = this.conflict;
    this.conflict = undefined;
    await this.save();
  }

  /** Goes back to the text of the file. */
  takeSaved(): void {
    this.saved = this.conflict ?? this.saved;
    this.conflict = undefined;
    this.restored = false;
    this.saving.error = undefined;
    if (this.saved) this.edit(this.saved.text);
  }

  /** Drops what is not saved, for good. */
  drop(): void {
    localStorage.removeItem(DRAFT + this.app);
  }

  /** Stops reading along. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  async #check(): Promise<void> {
    const view = await this.#ask({ app: this.app, text: this.text });
    if (view?.text === this.text) this.#take(view);
  }

  /** Fetches what somebody else saved. */
  async #meet(): Promise<void> {
    const theirs = await this.#session
      .call("pipeline.get", { app: this.app })
      .catch((error: unknown) => void (this.error = CallError.from(error)));
    // The same file as before: it could not be written for another reason, which the error says.
    if (theirs && theirs.saved !== this.saved?.digest)
      this.conflict = { text: theirs.text, digest: theirs.saved };
  }

  async #ask(params: { app: string; text?: string }): Promise<PipelineView | undefined> {
    const turn = (this.#turn += 1);
    try {
      const view = await this.#session.call("pipeline.get", params);
      if (turn !== this.#turn) return undefined;
      this.error = undefined;
      return view;
    } catch (error) {
      if (turn === this.#turn) {
        this.error = CallError.from(error);
        this.checking = false;
      }
      return undefined;
    }
  }

  #take(view: PipelineView): void {
    this.text = view.text;
    this.read = view;
    if (view.steps.length > 0) this.shown = view;
    this.checking = false;
  }

  /** Keeps the text on this machine until it is saved. */
  #keep(): void {
    try {
      if (this.dirty) localStorage.setItem(DRAFT + this.app, this.text);
      else localStorage.removeItem(DRAFT + this.app);
    } catch {
      // Without room for drafts the guard on leaving still asks.
    }
  }
}
