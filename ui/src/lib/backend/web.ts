// The web page of `seatrial serve`: the same commands over HTTP, changes as server-sent events.

import type { ApiError, CommandName, RunId } from "../api/generated";
import {
  CallError,
  type Answer,
  type Backend,
  type ChangeListener,
  type FolderDrop,
  type Params,
  type Wish,
} from "./types";

const KEY = "seatrial-token";
const LONGEST_PAUSE_MS = 5_000;

/** The backend of the web page. */
export class WebBackend implements Backend {
  readonly kind = "web";
  readonly canPickFolder = false;
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  async call<C extends CommandName>(command: C, params: Params<C>): Promise<Answer<C>> {
    const response = await this.#fetch(`/api/${command}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(params),
    });
    const body: unknown = await response.json().catch(() => null);
    if (!response.ok) throw refusal(response, body);
    return body as Answer<C>;
  }

  changes(listener: ChangeListener): () => void {
    const abort = new AbortController();
    void this.#follow(listener, abort.signal);
    return () => abort.abort();
  }

  async mayChange(): Promise<boolean> {
    const response = await this.#fetch("/api/session", {});
    const body: unknown = await response.json().catch(() => null);
    if (!response.ok) throw refusal(response, body);
    return (
      typeof body === "object" && body !== null && "allow_changes" in body && body.allow_changes === true
    );
  }

  openAddress(address: string): void {
    window.open(address, "_blank", "noopener");
  }

  pickFolder(): Promise<string | null> {
    return Promise.resolve(null);
  }

  folderDrops(_report: (event: FolderDrop) => void): () => void {
    // A browser does not tell the path of a dropped folder.
    return () => undefined;
  }

  saved(_listener: (path: string | null) => void): null {
    return null;
  }

  wishes(_listener: (wish: Wish) => void): () => void {
    // The browser's own menu and address bar do all of that.
    return () => undefined;
  }

  painted(): void {
    // Nobody waits for it.
  }

  async #follow(listener: ChangeListener, signal: AbortSignal): Promise<void> {
    let pause = 250;
    let cursor: number | undefined;
    while (!signal.aborted) {
      try {
        const response = await this.#fetch(
          cursor === undefined ? "/api/changes" : `/api/changes?cursor=${cursor}`,
          {
            signal,
            headers: { Accept: "text/event-stream" },
          },
        );
        if (!response.ok || !response.body) throw refusal(response, null);
        listener.connected(true);
        pause = 250;
        for await (const data of eventsOf(response.body)) {
          const change = changeOf(data);
          cursor = change.cursor ?? cursor;
          listener.changed(change.runs, change.topics);
        }
      } catch {
        // The state is reported below; the loop is the way back.
      }
      if (signal.aborted) return;
      listener.connected(false);
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...init.headers, Authorization: `Bearer ${this.#token}` };
    try {
      return await fetch(path, { ...init, headers, cache: "no-store", credentials: "omit" });
    } catch (error) {
      throw CallError.disconnected(error instanceof Error ? error.message : String(error));
    }
  }
}

/** Takes the token out of the address bar; it is kept for this tab only. */
export function takeToken(): string {
  const match = /[#&]token=([^&]+)/.exec(location.hash);
  if (match?.[1]) {
    sessionStorage.setItem(KEY, decodeURIComponent(match[1]));
    const rest = location.hash.replace(/&?token=[^&]+/, "").replace(/^#&?$/, "");
    history.replaceState(null, "", location.pathname + location.search + rest);
  }
  return sessionStorage.getItem(KEY) ?? "";
}

/** The data of each server-sent event of a stream. */
export async function* eventsOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += decoder.decode(value, { stream: true });
    const events = rest.split(/\r?\n\r?\n/);
    rest = events.pop() ?? "";
    for (const event of events) {
      const lines = event.split(/\r?\n/).filter((line) => line.startsWith("data:"));
      if (lines.length > 0) yield lines.map((line) => line.slice(5).trimStart()).join("\n");
    }
  }
}

/** What an event of the feed says; one that says something else (an error) names no runs. */
function changeOf(data: string): { cursor?: number; runs: RunId[]; topics: string[] } {
  const value: unknown = JSON.parse(data);
  if (typeof value !== "object" || value === null) return { runs: [], topics: [] };
  const runs = "runs" in value ? textsOf(value.runs) : [];
  const topics = "topics" in value ? textsOf(value.topics) : [];
  const change = { runs, topics };
  return "cursor" in value && typeof value.cursor === "number" ? { cursor: value.cursor, ...change } : change;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text): text is string => typeof text === "string") : [];
}

function refusal(response: Response, body: unknown): CallError {
  if (response.status === 401) {
    return new CallError("refused", {
      message: "This page's link is not valid any more: each start of `seatrial serve` makes a new one.",
      hints: ["Open the address that `seatrial serve` prints in the terminal."],
    });
  }
  const error = body as Partial<ApiError> | null;
  if (error?.code && error.message) return CallError.from(error);
  return CallError.from(`HTTP ${response.status} ${response.statusText}`);
}
