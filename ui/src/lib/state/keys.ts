// Keys that work everywhere. Single letters never act while somebody types.

import { links } from "./router.svelte";
import type { Session } from "./session.svelte";

const GO_MS = 1200;

/** What keys ask the page for. */
export interface KeyDeeds {
  /** Lists the keys. */
  help: () => void;
  /** Opens the command palette. */
  find: () => void;
  /** Larger (1), smaller (-1), or the usual size (0); null: the browser has keys for that itself. */
  zoom: ((by: 1 | -1 | 0) => void) | null;
}

/** Whether the person is typing into something. */
export function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input, textarea, select, [contenteditable], [data-typing], dialog") !== null
  );
}

/** Listens to the keys of every place until the returned function is called. */
export function shortcuts(session: Session, deeds: KeyDeeds): () => void {
  let wentAt = 0;
  const listen = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey) return withControl(event, deeds);
    if (event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) return goUp(session);
    if (typing(event.target)) return;
    const place = Date.now() - wentAt < GO_MS ? GOES[event.key] : undefined;
    wentAt = event.key === "g" ? Date.now() : 0;
    if (event.key === "?") deeds.help();
    else if (place !== undefined) session.router.go(place);
    else if (event.key in VERBS) press(VERBS[event.key] ?? "");
    else return;
    event.preventDefault();
  };
  addEventListener("keydown", listen);
  return () => removeEventListener("keydown", listen);
}

const GOES: Record<string, string> = {
  f: links.fleet,
  a: links.apps,
  r: links.runs(),
  i: links.inbox,
};

const VERBS: Record<string, string> = {
  b: "verb-build",
  s: "verb-ship",
  e: "verb-evaluate",
  r: "verb-rollback",
};

const ZOOM: Record<string, 1 | -1 | 0> = { "+": 1, "=": 1, "-": -1, "0": 0 };

function withControl(event: KeyboardEvent, deeds: KeyDeeds): void {
  const by = ZOOM[event.key];
  if (event.key.toLowerCase() === "k") deeds.find();
  else if (by !== undefined && deeds.zoom) deeds.zoom(by);
  else return;
  event.preventDefault();
}

/** The key does what the button does, and nothing where the button does nothing. */
function press(testid: string): void {
  document.querySelector<HTMLElement>(`[data-testid="${testid}"]:not(:disabled)`)?.click();
}

function goUp(session: Session): void {
  const route = session.router.route;
  if (document.activeElement instanceof HTMLInputElement) document.activeElement.blur();
  else if (route.place === "plan") session.router.go(links.app(route.app));
}
