// An answer of the program that stays on the page while it is asked for again.

import { CallError } from "../backend";

/** A value that is fetched; the last good one stays while a newer one is on its way. */
export class Remote<T> {
  value = $state.raw<T | undefined>(undefined);
  error = $state.raw<CallError | undefined>(undefined);
  busy = $state(false);
  #ask: () => Promise<T>;
  #turn = 0;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  /** Asks. An older answer that comes late is dropped. */
  async load(): Promise<void> {
    const turn = (this.#turn += 1);
    this.busy = true;
    try {
      const value = await this.#ask();
      if (turn !== this.#turn) return;
      this.value = value;
      this.error = undefined;
    } catch (error) {
      if (turn !== this.#turn) return;
      this.error = CallError.from(error);
    }
    this.busy = false;
  }

  /** Takes a value that came another way. */
  set(value: T): void {
    this.#turn += 1;
    this.value = value;
    this.error = undefined;
    this.busy = false;
  }
}

/** Something a person asked for: whether it is under way, and why it did not work. */
export class Deed {
  busy = $state(false);
  error = $state.raw<CallError | undefined>(undefined);

  /** Does it, once at a time; undefined when it failed or one is under way. */
  async do<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.busy) return undefined;
    this.busy = true;
    this.error = undefined;
    try {
      return await work();
    } catch (error) {
      this.error = CallError.from(error);
      return undefined;
    } finally {
      this.busy = false;
    }
  }
}
