// Which program is behind this page.

import { DesktopBackend, inDesktop } from "./desktop";
import type { Backend } from "./types";
import { takeToken, WebBackend } from "./web";

export { CallError } from "./types";
export type { Answer, Backend, ChangeListener, FolderDrop, Params, Wish } from "./types";

/** The backend of where the page is shown. */
export async function chooseBackend(): Promise<Backend> {
  if (__DEMO__) {
    const { fakeFromAddress } = await import("./fake");
    const fake = fakeFromAddress(location.search);
    if (fake) return fake;
  }
  return inDesktop() ? new DesktopBackend() : new WebBackend(takeToken());
}
