// Work that many events ask for, done now and then at most once per interval.

/** Runs `work` at once, and again at most once per `interval` (which may change) while it is asked for. */
export function throttled(
  interval: number | (() => number),
  work: () => void,
): { ask: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = false;
  const tick = () => {
    timer = undefined;
    if (!asked) return;
    asked = false;
    run();
  };
  const run = () => {
    timer = setTimeout(tick, typeof interval === "number" ? interval : interval());
    work();
  };
  return {
    ask: () => {
      if (timer === undefined) run();
      else asked = true;
    },
    stop: () => {
      clearTimeout(timer);
      asked = false;
      timer = undefined;
    },
  };
}
