// Releases of the demonstration's apps: passports, and any two beside each other.

import type {
  AppView,
  Commit,
  CompareReleases,
  Decision,
  Evidence,
  NamedChange,
  Passport,
  PastDeployment,
  ReleaseComparison,
  ReleaseLine,
  ReleaseRef,
  RunLine,
} from "../../api/generated";
import { CallError } from "../types";
import { digestOf } from "./digests";

const MB = 1_000_000;
const AUTHORS = ["Ada Brandt", "Noor Haddad", "Jun Sato"];
const SUBJECTS = [
  "feat: greet visitors by name",
  "fix: keep line breaks of entries",
  "perf: read the newest fifty entries only",
  "build: take python:3.12-slim as the base",
  "test: cover entries in right-to-left scripts",
  "docs: say how to restore a backup",
  "fix: answer 404 for entries that were removed",
  "refactor: keep the database behind one module",
];

/** The releases of an app, newest first: what its environments hold, and two older ones. */
export function releasesOf(view: AppView): ReleaseLine[] {
  const lines = new Map<string, ReleaseLine>();
  for (const place of view.environments)
    for (const deployed of [place.current, place.previous]) {
      if (!deployed) continue;
      const line: ReleaseLine = lines.get(deployed.release) ?? {
        release: deployed.release,
        version: deployed.version,
        image: deployed.image,
        commit: deployed.commit,
        dirty: deployed.dirty,
        created_at: new Date(Date.parse(deployed.since) - 90_000).toISOString(),
        live_in: [],
      };
      if (deployed === place.current) line.live_in = [...line.live_in, place.name];
      lines.set(line.release, line);
    }
  return [...lines.values()].sort((a, b) => b.created_at.localeCompare(a.created_at));
}

function find(view: AppView, wanted: string): ReleaseLine {
  const lines = releasesOf(view);
  const line =
    lines.find((release) => release.version === wanted) ??
    lines.find((release) => release.release.startsWith(wanted));
  if (!line)
    throw new CallError("not_found", {
      message: `${view.app} has no release \`${wanted}\`.`,
      hints: ["Look for it in the list of releases."],
    });
  return line;
}

const placeOf = (lines: ReleaseLine[], { release }: ReleaseLine) =>
  lines.findIndex((line) => line.release === release);

/** Commits of a release, newest first. */
function commits(line: ReleaseLine): Commit[] {
  const seed = Number(line.release.slice(-3));
  return Array.from({ length: 2 + (seed % 4) }, (_, i) => ({
    id: i === 0 ? line.commit : digestOf(`${line.release} ${String(i)}`).slice(7, 19),
    subject: SUBJECTS[(seed + i) % SUBJECTS.length] ?? "",
    author: AUTHORS[(seed + i) % AUTHORS.length] ?? null,
    at: new Date(Date.parse(line.created_at) - (i + 1) * 3_300_000).toISOString(),
  }));
}

const sizeOf = (line: ReleaseLine) => 46 * MB + (Number(line.release.slice(-4)) % 97) * 41_000;

/** Every time a release was put somewhere, newest first. */
export function deploymentsOf(view: AppView, release?: string): PastDeployment[] {
  return view.environments
    .flatMap((place) =>
      [place.current, place.previous].flatMap((deployed) => {
        if (!deployed || (release && deployed.release !== release)) return [];
        const gone = deployed !== place.current;
        return [
          {
            environment: place.name,
            run: deployed.run,
            kind: "deploy" as const,
            status: "succeeded" as const,
            version: deployed.version,
            at: new Date(Date.parse(deployed.since) - 4200).toISOString(),
            live_at: deployed.since,
            until: gone ? (place.current?.since ?? null) : null,
            proof: deployed.proof,
            verdict: deployed.verdict,
            reason: null,
          },
        ];
      }),
    )
    .sort((a, b) => b.at.localeCompare(a.at));
}

const passed = (subject: string, text: string): Evidence["finding"] => ({
  subject,
  evidence: text,
  result: "pass",
  blocking: true,
});

function evidence(deployments: PastDeployment[]): Evidence[] {
  return deployments.flatMap((d): Evidence[] => {
    const from = { run: d.run, environment: d.environment, at: d.live_at ?? d.at };
    return [
      { ...from, finding: passed("smoke", "/ answered 200 in 6 ms with the expected text") },
      {
        ...from,
        finding:
          d.verdict === "inconclusive"
            ? {
                subject: "availability",
                evidence: "7 requests are fewer than the 100 that allow an answer",
                result: "inconclusive",
                blocking: true,
              }
            : passed("availability", "200 requests, 0 failed, 95 % within 12 ms (limit 500 ms)"),
      },
    ];
  });
}

function decisions(deployments: PastDeployment[]): Decision[] {
  return deployments.flatMap((d): Decision[] =>
    d.verdict
      ? [
          {
            run: d.run,
            environment: d.environment,
            at: d.live_at ?? d.at,
            verdict: d.verdict,
            by:
              d.verdict === "inconclusive"
                ? { by: "person", actor: { user: "ada", machine: "workbench" } }
                : { by: "policy" },
            reasons:
              d.verdict === "inconclusive"
                ? ["availability: too few requests to tell"]
                : ["smoke: passed", "availability: within its limits"],
            note: d.verdict === "inconclusive" ? "Quiet night, look again on Monday" : null,
          },
        ]
      : [],
  );
}

/** A release with everything that is known about it. */
export function passport(view: AppView, { release }: ReleaseRef, runs: RunLine[]): Passport {
  const line = find(view, release);
  const all = releasesOf(view);
  const deployments = deploymentsOf(view, line.release);
  const first = deployments.at(-1);
  const builder = runs.find((run) => run.run === first?.run);
  return {
    release: line,
    reference: `seatrial/${view.app}:${line.version}`,
    size: sizeOf(line),
    pipeline: digestOf("pipeline 5"),
    before: all[placeOf(all, line) + 1]?.version ?? null,
    commits: commits(line),
    built_by: builder ? { ...builder, app: view.app, version: line.version } : null,
    deployments,
    evidence: [
      ...evidence(deployments),
      ...[passed("unit-test", "128 of 128 tests passed in 2.4 s"), passed("lint", "no complaint")].map(
        (finding) => ({ run: first?.run ?? "", environment: null, at: line.created_at, finding }),
      ),
    ],
    decisions: decisions(deployments),
  };
}

const PACKAGES: NamedChange[] = [
  { name: "pip flask", before: "3.0.3", after: "3.1.0" },
  { name: "pip markupsafe", before: null, after: "3.0.2" },
  { name: "pip six", before: "1.16.0", after: null },
];

const PIPELINE = `--- a/seatrial.toml
+++ b/seatrial.toml
@@ -9,6 +9,7 @@
 [build.steps.unit-test]
 run = "pytest -q"
 needs = ["lint"]
+timeout = "5m"
 
 [ship]
-health = "/"
+health = "/health"
`;

/** What is different between two releases. */
export function comparison(view: AppView, { from, to }: CompareReleases): ReleaseComparison {
  const [before, after] = [find(view, from), find(view, to)];
  const back = before.created_at > after.created_at;
  const lines = releasesOf(view);
  const [newer, older] = back ? [before, after] : [after, before];
  const between = lines.slice(placeOf(lines, newer), placeOf(lines, older));
  const moved = between.flatMap(commits).slice(0, 12);
  const same = before.image === after.image;
  const turned = (change: NamedChange): NamedChange =>
    back ? { ...change, before: change.after, after: change.before } : change;
  const nothing = before.release === after.release;
  return {
    from: before,
    to: after,
    same_image: same,
    from_size: sizeOf(before),
    to_size: sizeOf(after),
    commits: back ? [] : moved,
    lost: back ? moved : [],
    files: nothing
      ? []
      : [
          { path: "app/entries.py", added: 41, removed: 12 },
          { path: "tests/test_entries.py", added: 66, removed: 3 },
          { path: "requirements.txt", added: 2, removed: 2 },
          { path: "static/logo.png", added: null, removed: null },
        ],
    packages: nothing || same ? [] : PACKAGES.map(turned),
    configuration: nothing
      ? []
      : [
          { name: "LOG_LEVEL", before: "debug", after: "info" },
          { name: "WORKERS", before: null, after: "4" },
          { name: "secret SMTP_PASSWORD", before: null, after: "by reference" },
        ].map(turned),
    pipeline: nothing || same || back ? null : PIPELINE,
  };
}
