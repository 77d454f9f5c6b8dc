// How the page looks to this person on this machine. Known before anything else of the page: what is painted first has
// its colours and its size already.

const THEME = "seatrial-theme";
const ZOOM = "seatrial-zoom";

/** What the person chose. */
export type Choice = "system" | "light" | "dark" | "contrast";

/** Every choice, in the order they are offered. */
export const CHOICES: readonly Choice[] = ["system", "light", "dark", "contrast"];

/** Steps of enlarging, in percent. */
export const ZOOMS: readonly number[] = [80, 90, 100, 110, 125, 150, 175, 200];

/** The choice that was kept. */
export function keptChoice(): Choice {
  const kept = localStorage.getItem(THEME);
  return CHOICES.find((choice) => choice === kept) ?? "system";
}

/** The size that was kept, in percent. */
export function keptZoom(): number {
  const kept = Number(localStorage.getItem(ZOOM));
  return ZOOMS.includes(kept) ? kept : 100;
}

/** Keeps a choice. */
export function keepChoice(choice: Choice): void {
  localStorage.setItem(THEME, choice);
}

/** Keeps a size. */
export function keepZoom(zoom: number): void {
  localStorage.setItem(ZOOM, String(zoom));
}

/** Takes the desktop's font by the name under which a window on Linux offers it. */
export function applyLetters(window: object, agent: string): void {
  const offered = "__TAURI_INTERNALS__" in window && agent.includes("Linux");
  document.documentElement.dataset["letters"] = offered ? "desktop" : "usual";
}

/** Gives the page its colours and its size. */
export function applyLook(choice: Choice, zoom: number): void {
  const root = document.documentElement;
  const follows = choice === "system" || choice === "contrast";
  const dark = choice === "dark" || (follows && matchMedia("(prefers-color-scheme: dark)").matches);
  const more =
    choice === "contrast" || (choice === "system" && matchMedia("(prefers-contrast: more)").matches);
  root.dataset["theme"] = dark ? "dark" : "light";
  root.dataset["contrast"] = more ? "more" : "usual";
  root.style.setProperty("zoom", String(zoom / 100));
}
