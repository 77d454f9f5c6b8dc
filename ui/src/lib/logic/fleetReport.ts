// An environment of the fleet as text, to be pasted into a message.

import type { FleetApp, FleetCell } from "../api/generated";
import { links } from "../state/router.svelte";
import { words } from "../words/en";
import { cellMark } from "./fleet";
import { moment } from "./time";

/** What is known about an app, or one of its environments, with a link to it. */
export function cellReport(app: FleetApp, cell: FleetCell | undefined, page: string): string {
  const text = words.fleet.drawer;
  const link = `${page}${links.cell(app.app, cell?.environment ?? null)}`;
  if (!cell) return [app.app, app.folder, app.problem, link].filter(Boolean).join("\n");
  const { current } = cell;
  return [
    `${app.app} · ${cell.environment}: ${cellMark(cell).word}`,
    `${text.now}: ${current ? `${current.version} (${moment(current.since)}, ${current.image})` : words.app.nothing}`,
    `${text.before}: ${cell.previous ?? text.beforeNothing}`,
    `${text.health}: ${words.fleet.health[cell.health]}`,
    `${text.drift}: ${cell.drift > 0 ? words.fleet.driftLong(cell.drift) : text.driftNone}`,
    current?.proof && `${words.run.proof}: ${words.proof.sentence(current.proof.failed, current.proof.sent)}`,
    ...cell.urls,
    link,
  ]
    .filter(Boolean)
    .join("\n");
}
