// The desktop window: the commands and events of its shell.

import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { getCurrentWebview } from "@tauri-apps/api/webview";
import type { CommandName, RunId } from "../api/generated";
import {
  CallError,
  type Answer,
  type Backend,
  type ChangeListener,
  type FolderDrop,
  type Params,
  type Wish,
} from "./types";

/** Whether the page is in the desktop window. */
export function inDesktop(): boolean {
  return "__TAURI_INTERNALS__" in globalThis;
}

/** The backend of the desktop window. */
export class DesktopBackend implements Backend {
  readonly kind = "desktop";
  readonly canPickFolder = true;

  async call<C extends CommandName>(command: C, params: Params<C>): Promise<Answer<C>> {
    try {
      return await invoke<Answer<C>>("rpc", { command, params });
    } catch (error) {
      throw CallError.from(error);
    }
  }

  changes(listener: ChangeListener): () => void {
    const stop = listen<{ connected: boolean; runs: RunId[]; topics: string[] }>("changes", ({ payload }) => {
      if (payload.connected) listener.changed(payload.runs, payload.topics);
      else listener.connected(false);
    });
    void stop.then(() => listener.connected(true));
    return () => void stop.then((off) => off());
  }

  mayChange(): Promise<boolean> {
    return Promise.resolve(true);
  }

  openAddress(address: string): void {
    // The window itself never goes anywhere else; the browser does.
    void invoke("open_address", { address }).catch((error: unknown) => console.error(error));
  }

  async pickFolder(): Promise<string | null> {
    try {
      return await invoke<string | null>("pick_folder");
    } catch (error) {
      throw CallError.from(error);
    }
  }

  folderDrops(report: (event: FolderDrop) => void): () => void {
    const stop = getCurrentWebview().onDragDropEvent(({ payload }) => {
      if (payload.type === "enter" || payload.type === "over") report({ state: "over" });
      else if (payload.type === "leave") report({ state: "left" });
      else {
        const folder = payload.paths[0];
        report(folder === undefined ? { state: "left" } : { state: "dropped", folder });
      }
    });
    return () => void stop.then((off) => off());
  }

  saved(listener: (path: string | null) => void): () => void {
    const stop = listen<string | null>("saved", ({ payload }) => listener(payload));
    return () => void stop.then((off) => off());
  }

  wishes(listener: (wish: Wish) => void): () => void {
    const take = async () => {
      for (const wish of await invoke<Wish[]>("take_wishes")) listener(wish);
    };
    const taken = () => void take().catch((error: unknown) => console.error(error));
    const stop = listen("wishes", taken);
    // What was wished while the page was loading.
    void stop.then(taken);
    return () => void stop.then((off) => off());
  }

  painted(): void {
    tellLook();
    // A theme that is chosen later is told too: the window's menus and its next start match it.
    new MutationObserver(tellLook).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }
}

function tellLook(): void {
  const chosen = localStorage.getItem("seatrial-theme");
  const look = {
    dark: document.documentElement.dataset["theme"] === "dark",
    chosen: chosen === "light" || chosen === "dark",
  };
  void invoke("painted", { look }).catch((error: unknown) => console.error(error));
}
