// One run on the page: fetched when it changes, never computed here.

import type { RunId, RunState } from "../api/generated";
import { Remote } from "./remote.svelte";
import type { Session } from "./session.svelte";
import { throttled } from "./throttle";

const RUN_MS = 120;

/** A run that is followed. */
export class FollowedRun {
  readonly id: RunId;
  readonly state: Remote<RunState>;
  #session: Session;

  constructor(session: Session, id: RunId) {
    this.id = id;
    this.#session = session;
    this.state = new Remote(async () => {
      const run = await session.call("run.get", { run: id });
      session.runPlace[id] = { app: run.request.app, environment: run.request.environment };
      return run;
    });
  }

  /** Follows it until the returned function is called. */
  start(): () => void {
    const refetch = throttled(RUN_MS, () => void this.state.load());
    refetch.ask();
    const stop = this.#session.onChange((runs) => {
      if (runs === null || runs.includes(this.id)) refetch.ask();
    });
    return () => {
      stop();
      refetch.stop();
    };
  }
}
