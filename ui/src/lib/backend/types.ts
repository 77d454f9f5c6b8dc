// The one way from the page to the program.

import type { ApiError, CommandName, Commands, RunId } from "../api/generated";
import type { ErrorCode } from "../words/errors";

/** Parameters of a command. */
export type Params<C extends CommandName> = Commands[C]["params"];

/** Answer of a command. */
export type Answer<C extends CommandName> = Commands[C]["answer"];

/** What the change feed reports. */
export interface ChangeListener {
  /** Runs that have new events, and what else is another by now: `apps`, `settings`. */
  changed(runs: RunId[], topics?: readonly string[]): void;
  /** Whether the feed is there. After `true` anything may have changed. */
  connected(is: boolean): void;
}

/** A program behind the page. */
export interface Backend {
  /** Where the page is shown. */
  readonly kind: "desktop" | "web" | "fake";
  /** Calls a command; throws [`CallError`]. */
  call<C extends CommandName>(command: C, params: Params<C>): Promise<Answer<C>>;
  /** Follows the change feed until the returned function is called. */
  changes(listener: ChangeListener): () => void;
  /** Whether this page may change anything, or only look. */
  mayChange(): Promise<boolean>;
  /** Opens an address of an app beside this page. */
  openAddress(address: string): void;
  /** Lets the person choose a folder; null when they did not, or when there is no dialog here. */
  pickFolder(): Promise<string | null>;
  /** Whether there is a dialog to choose a folder with. */
  readonly canPickFolder: boolean;
  /** Reports a folder dragged onto the window: `over` while it is, then its path, or null when it left. */
  folderDrops(report: (event: FolderDrop) => void): () => void;
  /** Reports what a person wished outside of the page: by the window's menu, a link, the tray. */
  wishes(listener: (wish: Wish) => void): () => void;
  /**
   * Tells where a file was put that the page made, null: it could not be written. Null instead of a way to stop:
   * a browser shows this itself.
   */
  saved(listener: (path: string | null) => void): (() => void) | null;
  /** Says that the page can be seen. Without it the window takes itself for blank. */
  painted(): void;
}

/** What a person wished outside of the page. */
export type Wish =
  | { wish: "go"; link: string }
  | { wish: "open"; folder: string }
  | { wish: "zoom"; step: -1 | 0 | 1 }
  | { wish: "keys" };

/** A folder dragged onto the window. */
export type FolderDrop = { state: "over" } | { state: "left" } | { state: "dropped"; folder: string };

/** The program's error, or that it does not answer. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly code: ErrorCode;
  readonly api: Omit<ApiError, "code">;

  constructor(code: ErrorCode, api: Partial<Omit<ApiError, "code">> & { message: string }) {
    super(api.message);
    this.code = code;
    this.api = { hints: [], detail: null, problems: [], run: null, ...api };
  }

  /** The error as the program sent it, or one that says it sent something else. */
  static from(value: unknown): CallError {
    if (value instanceof CallError) return value;
    if (isApiError(value)) return new CallError(value.code, value);
    const text =
      value instanceof Error ? value.message : typeof value === "string" ? value : JSON.stringify(value);
    return new CallError("internal", {
      message: "The program gave an answer this page does not understand.",
      detail: text,
    });
  }

  /** That the program does not answer. */
  static disconnected(detail: string): CallError {
    return new CallError("disconnected", {
      message: "The program behind this page does not answer.",
      detail,
    });
  }
}

function isApiError(value: unknown): value is ApiError {
  return typeof value === "object" && value !== null && "code" in value && "message" in value;
}
