// The traffic picture as data: which slots there are, what is in them, and which one answers.

import type { PlanSummary, Slot } from "../api/generated";
import { words } from "../words/en";

/** A slot of the picture. */
export interface PictureSlot {
  slot: Slot;
  /** Version in it; null: the one this run builds; undefined: nothing. */
  version: string | null | undefined;
  role: string;
  live: boolean;
}

/** One side of the picture. */
export interface Picture {
  slots: PictureSlot[];
  /** In one sentence, for people who do not see it. */
  text: string;
}

/** How traffic goes before or after. Both sides have the same slots in the same places. */
export function pictureOf(summary: PlanSummary, side: "before" | "after"): Picture {
  const live = side === "before" ? (summary.traffic?.from ?? null) : (summary.traffic?.to ?? null);
  const names = (["blue", "green"] as const).filter((slot) =>
    [...summary.before, ...summary.after].some((view) => view.slot === slot),
  );
  const slots = names.map((slot): PictureSlot => {
    const view = summary[side].find((v) => v.slot === slot);
    if (!view) return { slot, version: undefined, role: words.plan.slotEmpty, live: false };
    return { slot, version: view.version, role: view.role, live: slot === live };
  });
  return { slots, text: slots.map(sentence).join("; ") };
}

/** The version as a picture writes it. */
export function versionText(slot: PictureSlot): string {
  if (slot.version === undefined) return words.plan.slotEmpty;
  return slot.version ?? words.plan.version;
}

function sentence(slot: PictureSlot): string {
  const what = slot.version === undefined ? words.plan.slotEmpty : `${versionText(slot)}, ${slot.role}`;
  return `${words.plan.slot} ${words.slot[slot.slot]}: ${what}`;
}
