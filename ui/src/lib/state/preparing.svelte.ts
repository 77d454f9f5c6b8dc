// A server's preparation, followed over connections that break and come back.

import type { PrepareProgress } from "../api/generated";
import { CallError } from "../backend";
import type { Session } from "./session.svelte";

/** How often is asked how far it is. */
const PAUSE_MS = 700;
/** Lines of its output that stay. */
const MOST = 200_000;

/** Commands under way on a server. */
export class Preparing {
  progress = $state.raw<PrepareProgress | undefined>(undefined);
  /** What the commands said. */
  log = $state("");
  /** The connection is lost; the commands are not. */
  lost = $state(false);
  error = $state.raw<CallError | undefined>(undefined);
  #session: Session;
  #target: string;
  #done: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(session: Session, target: string, done: () => void) {
    this.#session = session;
    this.#target = target;
    this.#done = done;
  }

  /** Follows from an answer on. */
  follow(first: PrepareProgress): void {
    this.#take(first);
  }

  /** Asks no more. The commands go on. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #take(progress: PrepareProgress): void {
    this.progress = progress;
    this.lost = false;
    this.log = (this.log + progress.log).slice(-MOST);
    if (progress.state === "running" || progress.log !== "") return this.#later();
    if (progress.state === "done") this.#done();
  }

  #later(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#ask(), PAUSE_MS);
  }

  async #ask(): Promise<void> {
    const after = this.progress?.next ?? 0;
    try {
      const progress = await this.#session.call("target.progress", { target: this.#target, after });
      if (!this.#stopped) this.#take(progress);
    } catch (error) {
      const failure = CallError.from(error);
      // A server that is away comes back; the commands there do not wait for us.
      this.lost = failure.code === "target_unreachable";
      if (this.lost) this.#later();
      else this.error = failure;
    }
  }
}
