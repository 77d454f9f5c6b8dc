// Runs before the page's first paint, alone: colours, size, and when the rest begins. The first screen is in the page
// already (prerender.ts). Scripts that ran beside its first paint would hold it up; they begin when it is drawn.

import { applyLetters, applyLook, keptChoice, keptZoom } from "./lib/state/look";

/** What the build says about the page: its scripts. */
const scripts = document.currentScript?.dataset["scripts"]?.split(" ") ?? [];

applyLook(keptChoice(), keptZoom());
applyLetters(globalThis, navigator.userAgent);
// Another place than the drawn one is not shown as if it were the first.
document.documentElement.dataset["drawn"] = /^(#\/?(\?.*)?)?$/.test(location.hash) ? "first" : "other";

let begun = false;
function begin(): void {
  if (begun) return;
  begun = true;
  for (const script of scripts) void import(/* @vite-ignore */ script);
}

/** Frames before the first that is drawn are empty, and one that is drawn is shown while the next is prepared. */
new PerformanceObserver((_, observer) => {
  observer.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(begin));
}).observe({ type: "paint", buffered: true });
// A window that is hidden, or has no drawn place to show, has no first paint.
setTimeout(begin, document.documentElement.dataset["drawn"] === "first" ? 500 : 0);
