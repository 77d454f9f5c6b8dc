// What belongs to a home in the demonstration: settings, copies of the history, the inbox, and other tools' files.

import type {
  ChangeSettings,
  ImportView,
  Inbox,
  InboxItem,
  RunLine,
  SettingsView,
} from "../../api/generated";
import { ago } from "./world";

/** Settings and copies of one home. */
export class FakeHome {
  settings: SettingsView = {
    needs: { who: null, meaning: null, practical: null },
    notify: true,
    home: "/home/ada/.local/share/seatrial",
    version: "0.1.0",
    key: "in the file `keys/secrets.key` of the data folder, readable only by you",
    history_bytes: 18_400_000,
    backups: [
      { name: "seatrial-2026-11-25.db", at: ago(340), bytes: 6_100_000 },
      { name: "seatrial-2026-11-24.db", at: ago(1800), bytes: 5_900_000 },
      { name: "seatrial-before-migration-7.db", at: ago(9000), bytes: 4_200_000 },
    ],
  };
  #seen: string | null = ago(100);

  change({ needs, notify }: ChangeSettings): SettingsView {
    this.settings = {
      ...this.settings,
      needs: needs ?? this.settings.needs,
      notify: notify ?? this.settings.notify,
    };
    return this.settings;
  }

  backup(name = `seatrial-${new Date().toISOString().slice(0, 10)}-now.db`): SettingsView {
    const copy = { name, at: ago(0), bytes: 6_200_000 };
    this.settings = { ...this.settings, backups: [copy, ...this.settings.backups] };
    return this.settings;
  }

  seen(until: string): void {
    this.#seen = until;
  }

  inbox(runs: RunLine[]): Inbox {
    const items = runs.flatMap((run) => itemOf(run, this.#seen));
    return { items, unseen: items.filter((item) => !item.seen).length };
  }
}

function itemOf(run: RunLine, seen: string | null): InboxItem[] {
  const place = run.environment ? ` in ${run.environment}` : "";
  const at = run.ended_at ?? run.created_at;
  const item = (title: string, text: string, waits = false): InboxItem[] => [
    { run, title, text, at, waits, seen: seen !== null && at <= seen },
  ];
  switch (run.status) {
    case "succeeded":
      return item(
        run.version ? `${run.app} ${run.version} is live${place}` : `${run.app} was built`,
        run.proof
          ? `${run.proof.failed} of ${run.proof.sent} requests failed while it changed.`
          : "No environment was touched.",
      );
    case "failed":
      return item(
        `${run.app}${place}: the run failed`,
        `${run.reason ?? ""} Nothing changed for the people who use it: the release before still serves.`,
      );
    case "cancelled":
      return item(`${run.app}${place}: the run was stopped`, "What it had begun was taken back.");
    case "needs-attention":
      return item(
        `${run.app}${place} needs you`,
        run.reason ?? "It could not be brought to a clean end.",
        true,
      );
    default:
      return [];
  }
}

const TEXT = `app = "diary"

[build]
dockerfile = "Dockerfile"

[ship]
port = 8000
volumes = ["data:/var/lib/diary"]

[ship.health]
path = "/health"

[env]
local = "docker"
`;

/** What another tool's configuration says: folders with "compose" or "kamal" in their path, and the diary, have one. */
export function importOf(folder: string): ImportView {
  const tool = /kamal/.test(folder) ? "Kamal" : /compose|diary/.test(folder) ? "Compose" : null;
  if (!tool) return { tool: null, file: null, taken: [], left: [], text: null };
  return {
    tool,
    file: tool === "Kamal" ? "config/deploy.yml" : "compose.yaml",
    taken: [
      "Service `web`: built from the folder, port 8000",
      "Volume `data` at /var/lib/diary",
      "Health check: GET /health",
      "3 environment variables, 1 of them as the secret `DATABASE_URL`",
    ],
    left: [
      "Service `db` (postgres:16): not built from the folder. Run it beside, and set DATABASE_URL.",
      "`restart: always`: not needed, Seatrial keeps the live container running.",
    ],
    text: TEXT,
  };
}
