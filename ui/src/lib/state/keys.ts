// Keys that work everywhere. Single letters never act while somebody types.

import { links } from "./router.svelte";
import type { Session } from "./session.svelte";

const GO_MS = 1200;

/** Whether the person is typing into something. */
export function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input, textarea, select, [contenteditable], dialog") !== null
  );
}

/** Listens to the keys of every place until the returned function is called. */
export function shortcuts(session: Session, help: () => void): () => void {
  let wentAt = 0;
  const listen = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) return goUp(session);
    if (typing(event.target)) return;
    const went = Date.now() - wentAt < GO_MS;
    wentAt = event.key === "g" ? Date.now() : 0;
    if (event.key === "?") help();
    else if (went && event.key === "f") session.router.go(links.fleet);
    else if (went && event.key === "r") session.router.go(links.runs());
    else if (event.key in VERBS) press(VERBS[event.key] ?? "");
    else return;
    event.preventDefault();
  };
  addEventListener("keydown", listen);
  return () => removeEventListener("keydown", listen);
}

const VERBS: Record<string, string> = {
  b: "verb-build",
  s: "verb-ship",
  e: "verb-evaluate",
  r: "verb-rollback",
};

/** The key does what the button does, and nothing where the button does nothing. */
function press(testid: string): void {
  document.querySelector<HTMLElement>(`[data-testid="${testid}"]:not(:disabled)`)?.click();
}

function goUp(session: Session): void {
  const route = session.router.route;
  if (document.activeElement instanceof HTMLInputElement) document.activeElement.blur();
  else if (route.place === "plan") session.router.go(links.app(route.app));
}
