// The first screen as it is while nothing is known yet. It is drawn once, when the page is built (prerender.plugin.ts):
// the window shows it before any script of the page has run, and the page takes it over as it stands.

import { render } from "svelte/server";
import App from "./App.svelte";
import type { Backend } from "./lib/backend";
import { Session } from "./lib/state/session.svelte";
import type { Theme } from "./lib/state/theme.svelte";

/** What a browser has and a build has not: nothing is kept, and the address is that of the first screen. */
const nowhere = { location: { hash: "" }, localStorage: { getItem: () => null } };

/** The first screen's parts of the page's head and body. */
export function firstScreen(): { head: string; body: string } {
  Object.assign(globalThis, nowhere);
  // Nothing is called while drawing, and what a person chose is applied without drawing anew.
  const session = new Session({ kind: "desktop" } as Backend);
  const theme = { choice: "system", zoom: 100 } as Theme;
  const { head, body } = render(App, { props: { session, theme } });
  return { head, body };
}
