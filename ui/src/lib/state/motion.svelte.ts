// The picture's own time: it passes only while something moves, in few frames, and not for people who want no motion.

/** Frames per second: a window that shows a run must not keep a processor busy. */
const FRAME_MS = 50;

/** Time of a moving picture. */
export class Motion {
  /** Milliseconds that passed while it moved. Begins with a picture in its middle. */
  time = $state(60_000);
  /** Whether the person wants no motion. */
  readonly reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;

  /** Lets time pass until the returned function is called. */
  run(): () => void {
    if (this.reduced) return () => undefined;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      // A hidden or busy window does not jump ahead.
      if (!document.hidden) this.time += Math.min(200, now - last);
      last = now;
    }, FRAME_MS);
    return () => clearInterval(timer);
  }
}
