// What an environment's slots use, looked at again and again while somebody has it open.

import type { PlaceUsage, Slot, SlotUsage } from "../api/generated";
import { CallError } from "../backend";
import type { Session } from "./session.svelte";

/** Time between two looks, in milliseconds. */
const EVERY_MS = 2_000;
/** Pause after a look that failed. */
const AGAIN_MS = 10_000;
/** Looks that are kept: two minutes. */
const KEPT = 60;

/** What was seen of a slot, oldest first. */
export interface Seen {
  cpu: number[];
  memory: number[];
}

/** What tells a slot's container and those of its workers apart. */
export function usageKey(slot: Slot, worker?: string | null): string {
  return worker ? `${slot}/${worker}` : slot;
}

/** A slot's use over the last two minutes. */
export class UsageWatch {
  value = $state.raw<PlaceUsage | undefined>(undefined);
  error = $state.raw<CallError | undefined>(undefined);
  /** The looks so far, by what is looked at. */
  seen = $state.raw<Partial<Record<string, Seen>>>({});
  readonly #ask: () => Promise<PlaceUsage>;

  constructor(session: Session, app: string, environment: string, server: string | null = null) {
    this.#ask = () => session.call("environment.usage", { app, environment, server });
  }

  /** What a slot or one of its workers uses now. */
  of(key: string): SlotUsage | undefined {
    return this.value?.slots.find((usage) => usageKey(usage.slot, usage.worker) === key);
  }

  /** Looks until the returned function is called. Nobody sees a hidden page, so nobody looks then. */
  follow(): () => void {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      let pause = EVERY_MS;
      if (!document.hidden) {
        try {
          const value = await this.#ask();
          if (stopped) return;
          this.take(value);
        } catch (error) {
          if (stopped) return;
          this.error = CallError.from(error);
          pause = AGAIN_MS;
        }
      }
      timer = setTimeout(() => void look(), pause);
    };
    void look();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }

  /** Takes a look in. A slot that does not run begins anew when it runs again. */
  take(value: PlaceUsage): void {
    const seen: Partial<Record<string, Seen>> = {};
    for (const { slot, worker, used } of value.slots) {
      if (!used) continue;
      const key = usageKey(slot, worker);
      const before = this.seen[key] ?? { cpu: [], memory: [] };
      seen[key] = {
        cpu: [...before.cpu, used.cpu_percent ?? 0].slice(-KEPT),
        memory: [...before.memory, used.memory].slice(-KEPT),
      };
    }
    this.value = value;
    this.seen = seen;
    this.error = undefined;
  }
}
