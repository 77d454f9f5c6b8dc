// Dark, light, or as the system.

const KEY = "seatrial-theme";

/** What the person chose. */
export type Choice = "system" | "light" | "dark";

/** The page's theme. */
export class Theme {
  choice = $state<Choice>(read());
  #system = matchMedia("(prefers-color-scheme: dark)");

  constructor() {
    this.#apply();
    this.#system.addEventListener("change", () => this.#apply());
  }

  /** System → light → dark → system. */
  next(): void {
    this.choice = this.choice === "system" ? "light" : this.choice === "light" ? "dark" : "system";
    localStorage.setItem(KEY, this.choice);
    this.#apply();
  }

  #apply(): void {
    const dark = this.choice === "dark" || (this.choice === "system" && this.#system.matches);
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  }
}

function read(): Choice {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}
