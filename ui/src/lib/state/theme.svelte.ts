// How the page looks to this person on this machine: colours and size.

import { applyLook, keepChoice, keepZoom, keptChoice, keptZoom, ZOOMS, type Choice } from "./look";

export { CHOICES, ZOOMS, type Choice } from "./look";

/** The page's theme. */
export class Theme {
  choice = $state<Choice>(keptChoice());
  /** Size of everything, in percent. */
  zoom = $state(keptZoom());

  constructor() {
    this.#apply();
    for (const wish of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"])
      matchMedia(wish).addEventListener("change", () => this.#apply());
  }

  /** Takes a choice. */
  choose(choice: Choice): void {
    this.choice = choice;
    keepChoice(choice);
    this.#apply();
  }

  /** Takes a size, in percent. */
  enlarge(zoom: number): void {
    this.zoom = zoom;
    keepZoom(zoom);
    this.#apply();
  }

  /** One step larger (1) or smaller (-1). */
  step(by: 1 | -1): void {
    const next = ZOOMS[ZOOMS.indexOf(this.zoom) + by];
    if (next !== undefined) this.enlarge(next);
  }

  #apply(): void {
    applyLook(this.choice, this.zoom);
  }
}
