// The time line of a run on the page: fetched when the run changes.

import type { RunId, Timeline } from "../api/generated";
import { Remote } from "./remote.svelte";
import type { Session } from "./session.svelte";
import { throttled } from "./throttle";

const TIMES_MS = 400;

/** A time line that is followed. */
export class FollowedTimeline {
  readonly value: Remote<Timeline>;
  #session: Session;
  #run: RunId;

  constructor(session: Session, run: RunId) {
    this.#session = session;
    this.#run = run;
    this.value = new Remote(() => session.call("run.timeline", { run }));
  }

  /** Follows it until the returned function is called. */
  start(): () => void {
    const refetch = throttled(TIMES_MS, () => void this.value.load());
    refetch.ask();
    const stop = this.#session.onChange((runs) => {
      if (runs === null || runs.includes(this.#run)) refetch.ask();
    });
    return () => {
      stop();
      refetch.stop();
    };
  }
}
