// The present time, ticking only while somebody shows something that runs.

/** A clock with a pace; it stands still while nobody watches. */
export class Clock {
  now = $state(Date.now());

  /** Ticks every `ms` until the returned function is called. */
  run(ms: number): () => void {
    this.now = Date.now();
    const timer = setInterval(() => (this.now = Date.now()), ms);
    return () => clearInterval(timer);
  }
}
