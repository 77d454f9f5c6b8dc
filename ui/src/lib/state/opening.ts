// Where a folder that was just opened leads.

import type { AppView, ImportView } from "../api/generated";
import { links } from "./router.svelte";
import type { Session } from "./session.svelte";

/** The plan of the first environment, or the app when there is none that could be shipped to. */
export function afterOpening(view: AppView): string {
  const [environment] = view.environments;
  return environment ? links.plan(view.app, { env: environment.name }) : links.app(view.app);
}

/** A configuration for another tool that could be taken over: only where the folder has none of its own. */
export async function importable(session: Session, view: AppView): Promise<ImportView | null> {
  if (view.file !== null) return null;
  try {
    const found = await session.call("import.preview", { folder: view.folder });
    return found.tool !== null && found.text !== null ? found : null;
  } catch {
    // The folder is open; that nothing could be imported does not stop anybody.
    return null;
  }
}

/** Goes to where a folder that was just opened leads; a new person goes on to the plan. */
export async function arrive(session: Session, view: AppView, toPlan: boolean): Promise<void> {
  session.putApp(view);
  if (await importable(session, view)) session.router.go(links.import(view.app, toPlan));
  else session.router.go(toPlan ? afterOpening(view) : links.app(view.app));
}
