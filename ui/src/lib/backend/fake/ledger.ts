// An app with four environments, for demonstrations and tests: one image goes on, one is built again.

import type { AppView, Deployed } from "../../api/generated";
import { digestOf } from "./digests";
import type { Story } from "./story";
import { ago, app, environment, id, planFor } from "./world";

/** Runs of the ledger that are there from the beginning. */
export const LEDGER_RUNS = { local: id(311), staging: id(312), prod: id(313), eu: id(314), build: id(315) };

interface Put {
  version: string;
  release: number;
  image: string;
  commit: string;
  minutes: number;
  run: string;
}

function put({ version, release, image, commit, minutes, run }: Put, more: Partial<Deployed> = {}): Deployed {
  return {
    release: id(release),
    version,
    image: digestOf(image),
    commit,
    dirty: false,
    run,
    slot: "blue",
    since: ago(minutes),
    proof: { sent: 1840 + release, failed: 0, slowest_ms: 61, p95_ms: 14 },
    verdict: "go",
    ...more,
  };
}

const NEW = { version: "2.4.0", release: 3040, image: "ledger 2.4.0", commit: "c81f20d9a4e6" };
const OLD = { version: "2.3.1", release: 3031, image: "ledger 2.3.1", commit: "7be4410f3c92" };
const AGAIN = { ...OLD, release: 3032, image: "ledger 2.3.1 built again" };
const BEFORE = { version: "2.3.0", release: 3030, image: "ledger 2.3.0", commit: "19d0a6c2b7f5" };

/** The app. */
export function ledger(): AppView {
  return app("ledger", {
    commit: "c81f20d9a4e6",
    detection: {
      kind: "Go project",
      evidence: ["go.mod: module example.org/ledger", "Dockerfile: EXPOSE 8080", "*_test.go: 41 files"],
      notes: [],
      compose_services: [],
      generated_dockerfile: null,
    },
    environments: [
      environment("local", {
        urls: ["http://ledger.localhost"],
        current: put({ ...NEW, minutes: 310, run: LEDGER_RUNS.local }),
        previous: put({ ...OLD, minutes: 4300, run: LEDGER_RUNS.build }, { slot: "green" }),
      }),
      environment("staging", {
        target: "ssh://deploy@203.0.113.17",
        urls: ["https://staging.ledger.example"],
        current: put({ ...OLD, minutes: 2900, run: LEDGER_RUNS.staging }),
        previous: put({ ...BEFORE, minutes: 9000, run: LEDGER_RUNS.build }, { slot: "green" }),
      }),
      environment("prod", {
        target: "ssh://deploy@203.0.113.18",
        production: true,
        urls: ["https://ledger.example"],
        current: put({ ...OLD, minutes: 1500, run: LEDGER_RUNS.prod }),
      }),
      environment("prod-eu", {
        target: "ssh://deploy@198.51.100.4",
        production: true,
        strategy: "live",
        urls: ["https://eu.ledger.example"],
        current: put({ ...AGAIN, minutes: 1380, run: LEDGER_RUNS.eu }, { verdict: "inconclusive" }),
        previous: put({ ...BEFORE, minutes: 14_000, run: LEDGER_RUNS.build }, { slot: "green" }),
      }),
    ],
  });
}

/** Its runs. */
export function ledgerStories(view: AppView): Story[] {
  const story = (run: string, place: string, minutes: number, more: Partial<Story> = {}): Story => ({
    run,
    plan: planFor({ app: "ledger", kind: "deploy", environment: place }, view),
    createdAt: Date.now() - minutes * 60_000,
    pace: 700,
    end: { end: "live" },
    verdict: "go",
    ...more,
  });
  return [
    story(LEDGER_RUNS.local, "local", 310),
    story(LEDGER_RUNS.staging, "staging", 2900),
    story(LEDGER_RUNS.prod, "prod", 1500),
    story(LEDGER_RUNS.eu, "prod-eu", 1380, { verdict: "inconclusive" }),
    story(LEDGER_RUNS.build, "local", 4300),
  ];
}
