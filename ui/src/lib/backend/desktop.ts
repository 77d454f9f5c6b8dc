// The desktop window: one command and one event of its shell.

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
    const stop = listen<{ connected: boolean; runs: RunId[] }>("changes", ({ payload }) => {
      if (payload.connected) listener.changed(payload.runs);
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
}
