// Generated from the command table by `cargo xtask codegen`. Do not edit.

/* eslint-disable */

/**
 * What a step does.
 */
export type Action =
  | {
      /**
       * Text for `/bin/sh -c`.
       */
      command: string;
      do: "run";
      /**
       * Plain variables for this step.
       */
      env: {
        [k: string]: string;
      };
      /**
       * Folder relative to the app's folder.
       */
      folder: string;
      /**
       * Secrets handed over as variables, by name.
       */
      secrets: string[];
    }
  | {
      do: "decide-version";
      /**
       * Where it comes from.
       */
      source: VersionSource;
    }
  | {
      /**
       * How.
       */
      build: ImageBuild;
      do: "build-image";
    }
  | {
      do: "record-release";
    }
  | {
      /**
       * Free space needed, in bytes.
       */
      disk: number;
      do: "preflight";
      /**
       * Ports on the target that have to be free or ours.
       */
      ports: number[];
      /**
       * Secrets that must exist.
       */
      secrets: string[];
    }
  | {
      do: "ensure-proxy";
      /**
       * Port for HTTP on the target.
       */
      http_port: number;
      /**
       * Port for HTTPS on the target.
       */
      https_port: number;
    }
  | {
      do: "ensure-route";
      /**
       * How it is reached.
       */
      route: Route;
    }
  | {
      do: "clear-slot";
      /**
       * Longest wait for requests in flight, in milliseconds.
       */
      drain_ms: number;
      /**
       * Time between SIGTERM and SIGKILL, in milliseconds.
       */
      grace_ms: number;
      /**
       * The slot.
       */
      slot: Slot;
    }
  | {
      /**
       * Which image.
       */
      artifact: ArtifactRef;
      do: "launch";
      /**
       * Everything else.
       */
      shape: ContainerShape;
      /**
       * The slot.
       */
      slot: Slot;
    }
  | {
      do: "start-slot";
      /**
       * Wait until it is healthy again.
       */
      health: HealthCheck;
      /**
       * The slot.
       */
      slot: Slot;
    }
  | {
      do: "await-healthy";
      /**
       * What counts as healthy.
       */
      health: HealthCheck;
      /**
       * The slot.
       */
      slot: Slot;
    }
  | {
      do: "verify-through-proxy";
      /**
       * What counts as healthy.
       */
      health: HealthCheck;
      /**
       * The slot.
       */
      slot: Slot;
    }
  | {
      do: "hold-traffic";
      /**
       * Longest wait for requests in flight, in milliseconds.
       */
      drain_ms: number;
    }
  | {
      do: "switch-traffic";
      /**
       * The slot that answers from now on; `None`: nothing is live.
       */
      to: Slot | null;
    }
  | {
      do: "drain";
      /**
       * Longest wait, in milliseconds.
       */
      limit_ms: number;
      /**
       * The slot.
       */
      slot: Slot;
    }
  | {
      do: "stop-slot";
      /**
       * Time between SIGTERM and SIGKILL, in milliseconds.
       */
      grace_ms: number;
      /**
       * The slot.
       */
      slot: Slot;
    }
  | {
      do: "tidy";
      /**
       * How many releases stay.
       */
      keep: number;
    }
  | {
      do: "smoke";
      /**
       * What is expected, in order.
       */
      expect: HttpExpectation[];
    }
  | {
      do: "watch-availability";
      /**
       * Limits.
       */
      limits: Availability;
    }
  | {
      /**
       * Whether a person has to confirm.
       */
      ask: boolean;
      do: "judge";
      /**
       * Whether a `no_go` takes back what this run shipped.
       */
      rollback: boolean;
    };
/**
 * Where the version comes from.
 */
export type VersionSource =
  | {
      from: "commits";
    }
  | {
      from: "fixed";
      /**
       * The text.
       */
      version: string;
    };
/**
 * One of the two places a release can occupy in an environment. Releases alternate between them,
 * with every strategy, so that the release before is kept in the other one.
 */
export type Slot = "blue" | "green";
/**
 * Where the artifact of a launch comes from.
 */
export type ArtifactRef =
  | {
      from: "this-run";
    }
  | {
      from: "release";
      /**
       * The image's id.
       */
      image: Digest;
      /**
       * The release.
       */
      release: ReleaseId;
      /**
       * Its version, for people.
       */
      version: string;
    };
/**
 * A SHA-256 digest, written `sha256:` and 64 hexadecimal digits.
 */
export type Digest = string;
/**
 * An immutable bundle of artifacts with its version and commits.
 */
export type ReleaseId = string;
/**
 * What went wrong, as a closed set that shells branch on.
 */
export type Code =
  | "usage"
  | "configuration"
  | "not_found"
  | "trust_required"
  | "refused"
  | "busy"
  | "plan_outdated"
  | "target_unreachable"
  | "tool_missing"
  | "secret_unavailable"
  | "conflict"
  | "disk_full"
  | "storage"
  | "internal";
/**
 * How bad a problem is.
 */
export type Severity = "error" | "warning";
/**
 * One execution of build, ship and/or evaluate.
 */
export type RunId = string;
/**
 * An app's name; unique in a Seatrial home.
 */
export type AppName = string;
/**
 * The decision evidence led to.
 */
export type Verdict = "go" | "no_go" | "inconclusive";
/**
 * An environment's name; unique in its app.
 */
export type EnvironmentName = string;
/**
 * A way of directing traffic.
 */
export type Strategy =
  "live" | "ip-dns-swap" | "rolling" | "blue-green" | "canary" | "ab-test" | "feature-flag";
/**
 * A place that can run things, as written in `seatrial.toml`.
 */
export type Target = string;
/**
 * What kind of thing an artifact is.
 */
export type ArtifactKind = "image" | "archive";
/**
 * Why an attempt did not succeed, as a closed set: retry rules, reports and maturity facts branch on it.
 */
export type Cause =
  | "exit-status"
  | "not-started"
  | "timeout"
  | "cancelled"
  | "engine-unreachable"
  | "image-unavailable"
  | "build-failed"
  | "conflict"
  | "disk-full"
  | "unhealthy"
  | "proxy"
  | "outdated"
  | "missing"
  | "check-failed"
  | "requests-lost"
  | "internal";
/**
 * How something Seatrial needs is.
 */
export type CheckState = "ok" | "warning" | "failed";
/**
 * Who decided.
 */
export type DecidedBy =
  | {
      by: "policy";
    }
  | {
      /**
       * Who.
       */
      actor: Actor;
      by: "person";
    };
/**
 * The one way a run ended.
 */
export type End =
  | {
      end: "succeeded";
    }
  | {
      end: "live";
    }
  | {
      end: "rolled_back";
      /**
       * Why.
       */
      reason: string;
    }
  | {
      end: "failed_clean";
      /**
       * Why.
       */
      reason: string;
    }
  | {
      end: "cancelled";
    }
  | {
      /**
       * What can be done.
       */
      choices: string[];
      end: "needs_attention";
      /**
       * What is known.
       */
      reason: string;
    }
  | {
      end: "plan_outdated";
      /**
       * What is different.
       */
      reason: string;
    };
/**
 * Where a value came from.
 */
export type Origin =
  | {
      /**
       * Column in characters, from 1.
       */
      column: number;
      /**
       * Path relative to the app's folder.
       */
      file: string;
      from: "file";
      /**
       * Line, from 1.
       */
      line: number;
    }
  | {
      /**
       * From what: "package.json: scripts.test".
       */
      evidence: string;
      from: "detected";
    }
  | {
      from: "default";
    };
/**
 * Something observed in the world.
 */
export type Fact =
  | {
      fact: "version";
      /**
       * Why: "2 features since v1.3.0".
       */
      reason: string;
      /**
       * The version.
       */
      version: string;
    }
  | {
      /**
       * The artifact.
       */
      artifact: Artifact;
      fact: "artifact";
    }
  | {
      fact: "release";
      /**
       * The release.
       */
      release: Release;
    }
  | {
      /**
       * The container's id.
       */
      container: string;
      fact: "launched";
      /**
       * Its image.
       */
      image: Digest;
      /**
       * The slot.
       */
      slot: Slot;
    }
  | {
      /**
       * Time from start until then, in milliseconds.
       */
      after_ms: number;
      fact: "healthy";
      /**
       * The slot.
       */
      slot: Slot;
    }
  | {
      fact: "switched";
      /**
       * The slot before; `None`: nothing was live.
       */
      from: Slot | null;
      /**
       * The slot that answers now; `None`: nothing.
       */
      to: Slot | null;
    }
  | {
      fact: "drained";
      /**
       * Requests still in flight (0 unless the limit was reached).
       */
      left: number;
      /**
       * The slot.
       */
      slot: Slot;
    }
  | {
      fact: "proof";
      /**
       * The counts.
       */
      totals: ProbeTotals;
    }
  | {
      fact: "already-done";
      /**
       * What was seen.
       */
      seen: string;
    }
  | {
      fact: "note";
      /**
       * The line.
       */
      text: string;
    };
/**
 * What a finding says.
 */
export type FindingResult = "pass" | "fail" | "inconclusive";
/**
 * A step's name; unique in its run.
 */
export type StepId = string;
/**
 * The three parts of a deployment.
 */
export type Phase = "build" | "ship" | "evaluate";
/**
 * What a run is for.
 */
export type RunKind = "deploy" | "rollback";
/**
 * The kind of a step. Maturity rules and the lanes of the UI read it.
 */
export type Practice =
  | "lint"
  | "dependencies"
  | "vulnerability-check"
  | "unit-test"
  | "review"
  | "version"
  | "package"
  | "distribute"
  | "provision"
  | "prepare"
  | "configure"
  | "migrate"
  | "launch"
  | "health-check"
  | "direct-traffic"
  | "rollback"
  | "integration-test"
  | "acceptance-test"
  | "performance-test"
  | "security-assessment"
  | "feedback"
  | "availability"
  | "kpi"
  | "communicate"
  | "custom";
/**
 * How a run is.
 */
export type RunStatus =
  "queued" | "waiting" | "running" | "undoing" | "succeeded" | "failed" | "cancelled" | "needs-attention";
/**
 * What caused a run.
 */
export type Trigger = "terminal" | "window" | "web-page";
/**
 * Why a step is not done.
 */
export type SkipReason = "need-failed" | "cancelled" | "done-before";
/**
 * How a step is.
 */
export type StepStatus = "pending" | "running" | "succeeded" | "failed" | "cancelled" | "skipped" | "undone";
/**
 * What a run waits for.
 */
export type Wait = {
  /**
   * Who started it.
   */
  actor: Actor;
  on: "lease";
  /**
   * The run that does.
   */
  run: RunId;
};

/**
 * How an image is built.
 */
export interface ImageBuild {
  /**
   * Build arguments, in order of their names.
   */
  args: {
    [k: string]: string;
  };
  /**
   * Folder sent to the builder, relative to the app's folder.
   */
  context: string;
  /**
   * Path of the Dockerfile, relative to the app's folder.
   */
  dockerfile: string;
  /**
   * Content of the Dockerfile when detection generated it and it is not written to the folder.
   */
  generated: string | null;
  /**
   * Stage to stop at.
   */
  target: string | null;
}
/**
 * How the proxy reaches an environment.
 */
export interface Route {
  /**
   * Host names that lead here.
   */
  domains: string[];
  /**
   * Whether HTTPS is served (by the proxy's own authority for `*.localhost`).
   */
  https: boolean;
}
/**
 * Everything that makes a container what it is, except the image.
 */
export interface ContainerShape {
  /**
   * Command instead of the image's own.
   */
  command: string[] | null;
  /**
   * Plain configuration.
   */
  env: {
    [k: string]: string;
  };
  /**
   * Memory limit in bytes.
   */
  memory: number | null;
  /**
   * Volumes and folders.
   */
  mounts: Mount[];
  /**
   * The port the app listens on.
   */
  port: number;
  /**
   * Ports published past the proxy.
   */
  ports: PortBinding[];
  /**
   * Secrets, by name.
   */
  secrets: SecretRef[];
  /**
   * Time between SIGTERM and SIGKILL, in milliseconds.
   */
  stop_grace_ms: number;
}
/**
 * A volume or folder in the container.
 */
export interface Mount {
  /**
   * Absolute path in the container.
   */
  path: string;
  /**
   * Whether the app can write to it.
   */
  read_only: boolean;
  /**
   * A volume's name, or an absolute path on the target.
   */
  source: string;
}
/**
 * A port of the container published on the target itself, past the proxy.
 */
export interface PortBinding {
  /**
   * Port in the container.
   */
  container: number;
  /**
   * Port on the target.
   */
  host: number;
}
/**
 * A secret by name; its value never stands in a plan.
 */
export interface SecretRef {
  /**
   * Whether it is (also) handed over as an environment variable, where `docker inspect` shows it.
   */
  as_env: boolean;
  /**
   * The secret's name; also its file name under `/run/secrets`.
   */
  name: string;
}
/**
 * When a new version counts as healthy.
 */
export interface HealthCheck {
  /**
   * Time until it must be healthy, in milliseconds.
   */
  deadline_ms: number;
  /**
   * Path asked for.
   */
  path: string;
  /**
   * Longest time of one request, in milliseconds.
   */
  request_ms: number;
  /**
   * Lowest and highest status that count as healthy.
   *
   * @minItems 2
   * @maxItems 2
   */
  status: [number, number];
  /**
   * Answers in a row that are needed.
   */
  successes: number;
}
/**
 * What a smoke step expects of one request through the public path.
 */
export interface HttpExpectation {
  /**
   * Text the body has to contain.
   */
  contains: string | null;
  /**
   * Path asked for.
   */
  path: string;
  /**
   * Expected status.
   */
  status: number;
  /**
   * Longest time of the answer, in milliseconds.
   */
  within_ms: number;
}
/**
 * Limits of the availability and latency probe after Ship.
 */
export interface Availability {
  /**
   * How long it watches, in milliseconds.
   */
  for_ms: number;
  /**
   * Largest share of failed requests, in parts per million.
   */
  max_failed_ppm: number;
  /**
   * Largest 95th percentile of the latency, in milliseconds.
   */
  max_p95_ms: number;
  /**
   * Fewest requests that allow an answer at all; below, the finding is inconclusive.
   */
  min_requests: number;
  /**
   * Path asked for.
   */
  path: string;
  /**
   * Requests per second.
   */
  rate: number;
}
/**
 * Who asked for something.
 */
export interface Actor {
  /**
   * Machine name.
   */
  machine: string;
  /**
   * Login name.
   */
  user: string;
}
/**
 * An error as every shell shows it.
 */
export interface ApiError {
  /**
   * What went wrong.
   */
  code: Code;
  /**
   * Evidence worth copying into a report.
   */
  detail: string | null;
  /**
   * What to do next, most likely first.
   */
  hints: string[];
  /**
   * What happened and what it means for the people using the app, in a sentence or two.
   */
  message: string;
  /**
   * Problems in configuration files, all at once.
   */
  problems: Problem[];
  /**
   * The run it is about.
   */
  run: RunId | null;
}
/**
 * Something wrong in a configuration file: what, where, and what to do.
 */
export interface Problem {
  /**
   * Column in characters, from 1.
   */
  column: number;
  /**
   * Path relative to the app's folder.
   */
  file: string;
  /**
   * What to do, when there is something to offer ("did you mean `timeout`?").
   */
  hint: string | null;
  /**
   * Line, from 1.
   */
  line: number;
  /**
   * What is wrong, in one sentence.
   */
  message: string;
  /**
   * How bad it is.
   */
  severity: Severity;
}
/**
 * Names an app by its name, or by a folder (which makes it known).
 */
export interface AppRef {
  /**
   * The app's name.
   */
  app?: AppName | null;
  /**
   * The app's folder, absolute.
   */
  folder?: string | null;
}
/**
 * An app.
 */
export interface AppView {
  /**
   * Its name.
   */
  app: AppName;
  /**
   * Commit of the work tree.
   */
  commit: string | null;
  /**
   * What was recognised in the folder.
   */
  detection: DetectionView;
  /**
   * Whether the work tree has changes that are in no commit.
   */
  dirty: boolean;
  /**
   * Its environments, in promotion order.
   */
  environments: EnvironmentView[];
  /**
   * The configuration file's name, when there is one.
   */
  file: string | null;
  /**
   * Its folder.
   */
  folder: string;
  /**
   * Errors and warnings in its configuration; with errors there are no environments.
   */
  problems: Problem[];
  /**
   * Whether what it defines may run.
   */
  trust: TrustView | null;
}
/**
 * What was recognised in a folder.
 */
export interface DetectionView {
  /**
   * Services found in a compose file.
   */
  compose_services: string[];
  /**
   * What it was recognised by.
   */
  evidence: string[];
  /**
   * Content of the Dockerfile that would be used, when none is in the folder.
   */
  generated_dockerfile: string | null;
  /**
   * "Dockerfile", "Python project".
   */
  kind: string;
  /**
   * Things worth knowing.
   */
  notes: string[];
}
/**
 * An environment with what is there.
 */
export interface EnvironmentView {
  /**
   * What is live, as recorded.
   */
  current: Deployed | null;
  /**
   * Its name.
   */
  name: EnvironmentName;
  /**
   * What was live before; what a rollback goes back to.
   */
  previous: Deployed | null;
  /**
   * Whether it is production.
   */
  production: boolean;
  /**
   * The run that changes it now.
   */
  running: RunId | null;
  /**
   * How traffic is directed.
   */
  strategy: Strategy;
  /**
   * Where it runs.
   */
  target: Target;
  /**
   * Where it answers.
   */
  urls: string[];
}
/**
 * What is deployed somewhere.
 */
export interface Deployed {
  /**
   * Commit it was built from.
   */
  commit: string | null;
  /**
   * Whether it was built with changes that are in no commit.
   */
  dirty: boolean;
  /**
   * The image, by digest.
   */
  image: Digest | null;
  /**
   * Requests through the public path while it was put there.
   */
  proof: ProbeTotals | null;
  /**
   * The release.
   */
  release: ReleaseId;
  /**
   * The run that put it there.
   */
  run: RunId;
  /**
   * Since when.
   */
  since: string;
  /**
   * The slot it is in.
   */
  slot: Slot;
  /**
   * The last verdict on it.
   */
  verdict: Verdict | null;
  /**
   * Its version.
   */
  version: string;
}
/**
 * Requests of the prober through the public path during a deployment.
 */
export interface ProbeTotals {
  /**
   * Requests without a good answer.
   */
  failed: number;
  /**
   * The 95th percentile of the answers, in milliseconds.
   */
  p95_ms: number;
  /**
   * Requests sent.
   */
  sent: number;
  /**
   * The slowest answer, in milliseconds.
   */
  slowest_ms: number;
}
/**
 * Whether what the repository defines may run.
 */
export interface TrustView {
  /**
   * Whether other content of this folder was trusted before.
   */
  changed: boolean;
  /**
   * Commands that would run, in order: what a person says yes to.
   */
  commands: string[];
  /**
   * What changed since the content trusted before, as a unified diff.
   */
  diff: string | null;
  /**
   * Digest of the content.
   */
  digest: Digest;
  /**
   * Files the digest covers, relative to the folder.
   */
  files: string[];
  /**
   * Whether exactly this content was trusted.
   */
  granted: boolean;
}
/**
 * What Build made, by digest.
 */
export interface Artifact {
  /**
   * What identifies it; the only thing Ship goes by.
   */
  digest: Digest;
  /**
   * Its kind.
   */
  kind: ArtifactKind;
  /**
   * A name for people, such as `seatrial/guestbook:1.4.0`.
   */
  reference: string;
  /**
   * Size in bytes, when known.
   */
  size: number | null;
}
/**
 * What changed.
 */
export interface Changes {
  /**
   * For the next question.
   */
  cursor: number;
  /**
   * Runs with new events.
   */
  runs: RunId[];
}
/**
 * Asks what changed.
 */
export interface ChangesParams {
  /**
   * The cursor of the answer before; `None`: only the present cursor is wanted.
   */
  cursor?: number | null;
  /**
   * Longest wait for a change, in milliseconds; at most 30,000.
   */
  wait_ms?: number;
}
/**
 * One thing Seatrial needs on this machine.
 */
export interface Check {
  /**
   * What was seen.
   */
  detail: string;
  /**
   * What to do.
   */
  fix: string | null;
  /**
   * What: "Docker engine".
   */
  name: string;
  /**
   * How it is.
   */
  state: CheckState;
}
/**
 * Sets a value of an environment's configuration.
 */
export interface ConfigParams {
  /**
   * The app.
   */
  app: AppName;
  /**
   * The environment; `None`: the first one.
   */
  environment?: EnvironmentName | null;
  /**
   * Name of the variable.
   */
  name: string;
  /**
   * The value; `None`: removes it.
   */
  value?: string | null;
}
/**
 * One value of an environment's configuration.
 */
export interface ConfigValue {
  /**
   * Name of the variable.
   */
  name: string;
  /**
   * Where it came from: a place in the file, or `set here` for one kept by Seatrial.
   */
  origin: string;
  /**
   * The value.
   */
  value: string;
}
/**
 * Names an environment.
 */
export interface EnvironmentRef {
  /**
   * The app.
   */
  app: AppName;
  /**
   * The environment; `None`: the first one.
   */
  environment?: EnvironmentName | null;
}
/**
 * One value of the resolved configuration.
 */
export interface ExplainedValue {
  /**
   * Where it came from.
   */
  origin: Origin;
  /**
   * Dotted path.
   */
  path: string;
  /**
   * The value as text.
   */
  value: string;
}
/**
 * An immutable bundle of artifacts with where they came from.
 */
export interface Release {
  /**
   * The app it is a release of.
   */
  app: AppName;
  /**
   * What Build made.
   */
  artifacts: Artifact[];
  /**
   * The run that built it.
   */
  built_by: RunId;
  /**
   * Subjects of the commits since the release before, newest first.
   */
  changes: string[];
  /**
   * The commit it was built from; `None` outside git.
   */
  commit: string | null;
  /**
   * When it was recorded.
   */
  created_at: string;
  /**
   * Whether the work tree had changes that are in no commit.
   */
  dirty: boolean;
  /**
   * Identity.
   */
  id: ReleaseId;
  /**
   * Digest of the pipeline's resolved form.
   */
  pipeline_revision: Digest;
  /**
   * Its version; unique in the app.
   */
  version: string;
}
/**
 * Why something failed, for people and for rules.
 */
export interface Failure {
  /**
   * The cause.
   */
  cause: Cause;
  /**
   * Evidence: the answer's status and body, the last lines of the log, exit code.
   */
  detail: string | null;
  /**
   * What to do next, most likely first.
   */
  hints: string[];
  /**
   * What happened, in one sentence.
   */
  message: string;
}
/**
 * Evidence from Evaluate.
 */
export interface Finding {
  /**
   * Whether a failure decides against the release, or only counts as a remark.
   */
  blocking: boolean;
  /**
   * The evidence in one sentence: "0 of 312 requests failed, p95 12 ms (limit 500 ms)".
   */
  evidence: string;
  /**
   * What it says.
   */
  result: FindingResult;
  /**
   * What was looked at: `smoke`, `availability`, `latency`, or a step's name.
   */
  subject: string;
}
/**
 * Asks for a proposal, or writes it.
 */
export interface InitParams {
  /**
   * The folder.
   */
  folder: string;
  /**
   * Write the generated Dockerfile.
   */
  write_dockerfile?: boolean;
  /**
   * Write `seatrial.toml`.
   */
  write_file?: boolean;
}
/**
 * What `init` proposes, and what it wrote.
 */
export interface InitView {
  /**
   * The app as it would be.
   */
  app: AppView;
  /**
   * Content for `seatrial.toml`; `None`: there is one.
   */
  file_text: string | null;
  /**
   * Files that were written.
   */
  written: string[];
}
/**
 * Filters lists of runs.
 */
export interface ListParams {
  /**
   * Only this app.
   */
  app?: AppName | null;
  /**
   * Only what is older than this run, for paging.
   */
  before?: RunId | null;
  /**
   * Only this environment.
   */
  environment?: EnvironmentName | null;
  /**
   * At most so many; `None`: 50.
   */
  limit?: number | null;
}
/**
 * A line of a log.
 */
export interface LogLine {
  /**
   * When.
   */
  at: string;
  /**
   * Its number, from 0.
   */
  line: number;
  /**
   * The step that wrote it.
   */
  step: StepId;
  /**
   * `out`, `err` or `system`.
   */
  stream: string;
  /**
   * The text; may contain SGR sequences, no other control characters.
   */
  text: string;
}
/**
 * Some lines of a log.
 */
export interface LogPage {
  /**
   * The lines.
   */
  lines: LogLine[];
  /**
   * Where to go on.
   */
  next: number;
  /**
   * How many there are so far.
   */
  total: number;
}
/**
 * Asks for log lines.
 */
export interface LogParams {
  /**
   * First line, from 0.
   */
  from?: number;
  /**
   * At most so many; `None`: 1,000.
   */
  limit?: number | null;
  /**
   * The run.
   */
  run: RunId;
  /**
   * Only this step.
   */
  step?: StepId | null;
}
/**
 * The state of this machine.
 */
export interface MachineView {
  /**
   * The checks.
   */
  checks: Check[];
  /**
   * Where all data is.
   */
  home: string;
  /**
   * This program's version.
   */
  version: string;
}
/**
 * No parameters.
 */
export interface Nothing {}
/**
 * Exactly what will be done.
 */
export interface Plan {
  /**
   * The app.
   */
  app: AppName;
  /**
   * The environment, when Ship or Evaluate are part of it.
   */
  environment: EnvironmentName | null;
  /**
   * Digest of everything that decides the steps. The same fingerprint means the same plan.
   */
  fingerprint: Digest;
  /**
   * Digest of the resolved configuration.
   */
  pipeline_revision: Digest;
  /**
   * Whether the environment is production.
   */
  production: boolean;
  /**
   * What was asked for.
   */
  request: RunRequest;
  /**
   * The steps, in an order that respects `needs`. Empty: nothing to do.
   */
  steps: Step[];
  /**
   * The same for people.
   */
  summary: PlanSummary;
  /**
   * Where it runs.
   */
  target: Target | null;
  /**
   * The version that is shipped or evaluated, when it is known beforehand.
   */
  version: string | null;
  /**
   * The work tree it was made for.
   */
  work_tree: WorkTree;
}
/**
 * What a person asked for.
 */
export interface RunRequest {
  /**
   * The app.
   */
  app: AppName;
  /**
   * The environment, when Ship or Evaluate are part of it.
   */
  environment: EnvironmentName | null;
  /**
   * What it is for.
   */
  kind: RunKind;
  /**
   * The phases, in order.
   */
  phases: Phase[];
  /**
   * The release to ship; `None`: the one this run builds, or the newest.
   */
  release: ReleaseId | null;
  /**
   * The failed run this one goes on from: its finished Build steps are not done again.
   */
  retry_of: RunId | null;
}
/**
 * One step: what it is, what it waits for, what it does and how it is taken back.
 */
export interface Step {
  /**
   * What it does.
   */
  action: Action;
  /**
   * Whether the run fails when this step fails.
   */
  blocking: boolean;
  /**
   * Unique in the run.
   */
  id: StepId;
  /**
   * Steps that have to succeed first.
   */
  needs: StepId[];
  /**
   * The part of the deployment it belongs to.
   */
  phase: Phase;
  /**
   * The kind of thing it does.
   */
  practice: Practice;
  /**
   * When it is tried again.
   */
  retry: Retry;
  /**
   * Longest time of one attempt, in milliseconds.
   */
  timeout_ms: number;
  /**
   * One line for people: "Start 1.4.0 in slot green".
   */
  title: string;
  /**
   * How it is taken back when a later step of Ship fails.
   */
  undo: Action | null;
}
/**
 * When an attempt is made again.
 */
export interface Retry {
  /**
   * For which causes. Empty: for those that can pass by themselves (`timeout`, `engine-unreachable`,
   * `image-unavailable`).
   */
  on: Cause[];
  /**
   * How often at most, after the first attempt.
   */
  times: number;
  /**
   * Pause before each further attempt, in milliseconds.
   */
  wait_ms: number;
}
/**
 * What a person reads before saying yes.
 */
export interface PlanSummary {
  /**
   * What will be.
   */
  after: SlotView[];
  /**
   * What is there.
   */
  before: SlotView[];
  /**
   * Checks that decide, in order.
   */
  checks: string[];
  /**
   * One sentence: "Ship guestbook 1.4.0 to prod (docker), blue-green".
   */
  headline: string;
  /**
   * Things a person should know: stop-first, first-time proxy set-up, risky options, a dirty work tree.
   */
  notices: string[];
  /**
   * How traffic moves; `None`: it does not.
   */
  traffic: TrafficMove | null;
  /**
   * Where the app answers afterwards.
   */
  urls: string[];
  /**
   * The way back, in one sentence.
   */
  way_back: string;
}
/**
 * What stands in a slot, before or after.
 */
export interface SlotView {
  /**
   * "live", "stopped, kept for rollback", "running, kept warm".
   */
  role: string;
  /**
   * The slot.
   */
  slot: Slot;
  /**
   * Version in it; `None`: to be decided by this run's Build, or unknown.
   */
  version: string | null;
}
/**
 * How traffic moves.
 */
export interface TrafficMove {
  /**
   * The slot that answers now.
   */
  from: Slot | null;
  /**
   * Whether requests are held while no version runs ("stop first"), and why.
   */
  held: string | null;
  /**
   * By which strategy.
   */
  strategy: Strategy;
  /**
   * The slot that answers afterwards.
   */
  to: Slot;
}
/**
 * The work tree at the time of planning.
 */
export interface WorkTree {
  /**
   * The commit; `None` outside git.
   */
  commit: string | null;
  /**
   * Whether there are changes that are in no commit.
   */
  dirty: boolean;
}
/**
 * Asks for a plan.
 */
export interface PlanParams {
  /**
   * The app.
   */
  app: AppName;
  /**
   * The environment; `None`: the first one.
   */
  environment?: EnvironmentName | null;
  /**
   * What it is for.
   */
  kind: RunKind;
  /**
   * Phases; empty: all three (a rollback: Ship and Evaluate).
   */
  phases?: Phase[];
  /**
   * The release to ship, by version or id prefix; `None`: this run's, or the newest, or for a rollback the one before.
   */
  release?: string | null;
  /**
   * The failed run to go on from.
   */
  retry_of?: RunId | null;
}
/**
 * How far a step is.
 */
export interface Progress {
  /**
   * Units done.
   */
  done: number;
  /**
   * What is being done: "COPY app.py /app/", "transferring layer 3 of 5".
   */
  text: string;
  /**
   * Units in all; 0: not known.
   */
  total: number;
}
/**
 * Chooses the ports of the proxy.
 */
export interface ProxyPorts {
  /**
   * For HTTP.
   */
  http: number;
  /**
   * For HTTPS.
   */
  https: number;
}
/**
 * A release in a list.
 */
export interface ReleaseLine {
  /**
   * Commit it was built from.
   */
  commit: string | null;
  /**
   * When it was recorded.
   */
  created_at: string;
  /**
   * Whether it was built with changes that are in no commit.
   */
  dirty: boolean;
  /**
   * The image, by digest.
   */
  image: Digest | null;
  /**
   * Environments it is live in.
   */
  live_in: EnvironmentName[];
  /**
   * Identity.
   */
  release: ReleaseId;
  /**
   * The version.
   */
  version: string;
}
/**
 * A line of the list of runs.
 */
export interface RunLine {
  /**
   * Who asked.
   */
  actor: Actor;
  /**
   * The app.
   */
  app: AppName;
  /**
   * When it was asked for.
   */
  created_at: string;
  /**
   * When it ended.
   */
  ended_at: string | null;
  /**
   * The environment.
   */
  environment: EnvironmentName | null;
  /**
   * What it is for.
   */
  kind: RunKind;
  /**
   * Its phases.
   */
  phases: Phase[];
  /**
   * Requests through the public path during Ship.
   */
  proof: ProbeTotals | null;
  /**
   * Why it did not end as asked, in one sentence.
   */
  reason: string | null;
  /**
   * Identity.
   */
  run: RunId;
  /**
   * How it is.
   */
  status: RunStatus;
  /**
   * From where.
   */
  trigger: Trigger;
  /**
   * The last verdict.
   */
  verdict: Verdict | null;
  /**
   * The version, once known.
   */
  version: string | null;
}
/**
 * Names a run.
 */
export interface RunRef {
  /**
   * Its id.
   */
  run: RunId;
}
/**
 * A run, as its events tell it.
 */
export interface RunState {
  /**
   * Who asked.
   */
  actor: Actor;
  /**
   * Whether a person asked to stop.
   */
  cancel_requested: boolean;
  /**
   * When it was asked for.
   */
  created_at: string;
  /**
   * Who gave it.
   */
  decided_by: DecidedBy | null;
  /**
   * How it ended.
   */
  end: End | null;
  /**
   * When it ended.
   */
  ended_at: string | null;
  /**
   * Evidence.
   */
  findings: Finding[];
  /**
   * The plan's fingerprint.
   */
  fingerprint: Digest;
  /**
   * Identity.
   */
  id: RunId;
  /**
   * The slot that answers, as last read back in this run.
   */
  live: Slot | null;
  /**
   * A person's note.
   */
  note: string | null;
  /**
   * Requests through the public path during Ship.
   */
  proof: ProbeTotals | null;
  /**
   * What decided.
   */
  reasons: string[];
  /**
   * The release, once recorded or known.
   */
  release: Release | null;
  /**
   * What was asked for.
   */
  request: RunRequest;
  /**
   * Place of the last event that was folded in.
   */
  seq: number;
  /**
   * When the first worker took it up.
   */
  started_at: string | null;
  /**
   * How it is.
   */
  status: RunStatus;
  /**
   * The steps, in the plan's order.
   */
  steps: StepState[];
  /**
   * The plan for people.
   */
  summary: PlanSummary;
  /**
   * From where.
   */
  trigger: Trigger;
  /**
   * Why Ship is being, or was, taken back.
   */
  undo_reason: string | null;
  /**
   * The last verdict.
   */
  verdict: Verdict | null;
  /**
   * The version, once decided.
   */
  version: string | null;
  /**
   * Time spent waiting so far, in milliseconds (closed waits).
   */
  waited_ms: number;
  /**
   * What it waits for.
   */
  waiting: Wait | null;
  /**
   * When the open wait began.
   */
  waiting_since: string | null;
  /**
   * The worker that took it up last.
   */
  worker: Worker | null;
}
/**
 * A step with what became of it.
 */
export interface StepState {
  /**
   * Attempts begun.
   */
  attempts: number;
  /**
   * Time of the last attempt, in milliseconds.
   */
  duration_ms: number | null;
  /**
   * When the last attempt ended.
   */
  ended_at: string | null;
  /**
   * What was observed, in order.
   */
  facts: Fact[];
  /**
   * Why it failed.
   */
  failure: Failure | null;
  /**
   * How far it is, while it runs.
   */
  progress: Progress | null;
  /**
   * Why it was not done.
   */
  skipped: SkipReason | null;
  /**
   * When the first attempt began.
   */
  started_at: string | null;
  /**
   * How it is.
   */
  status: StepStatus;
  /**
   * The step as planned.
   */
  step: Step;
}
/**
 * The process that carries a run out.
 */
export interface Worker {
  /**
   * Identity of the boot of the machine.
   */
  boot: string;
  /**
   * Process id.
   */
  pid: number;
  /**
   * Start time of the process in clock ticks since boot, against reuse of ids.
   */
  started: number;
}
/**
 * Creates the sample app.
 */
export interface SampleParams {
  /**
   * A folder that does not exist yet or is empty; `None`: one in Seatrial's home.
   */
  folder?: string | null;
}
/**
 * A secret, without its value.
 */
export interface SecretLine {
  /**
   * Whether the configuration asks for it.
   */
  declared: boolean;
  /**
   * Its name.
   */
  name: string;
  /**
   * Whether it has a value.
   */
  set: boolean;
  /**
   * When the value was set.
   */
  updated_at: string | null;
}
/**
 * Sets or removes a secret.
 */
export interface SecretParams {
  /**
   * The app.
   */
  app: AppName;
  /**
   * The environment; `None`: the first one.
   */
  environment?: EnvironmentName | null;
  /**
   * Its name.
   */
  name: string;
  /**
   * The value; `None`: removes it. Never logged, never sent back.
   */
  value?: string | null;
}
/**
 * Starts what a plan says.
 */
export interface StartParams {
  /**
   * The environment's name, as a person typed it; needed for production.
   */
  confirm?: string | null;
  /**
   * Fingerprint of the plan that was read and confirmed.
   */
  fingerprint: Digest;
  /**
   * The same as for the plan.
   */
  plan: PlanParams;
  /**
   * From where it is started.
   */
  trigger: Trigger;
  /**
   * Wait for a run that changes the same environment instead of refusing.
   */
  wait?: boolean;
}
/**
 * A run that was started.
 */
export interface Started {
  /**
   * The run.
   */
  run: RunId;
}
/**
 * Trusts content.
 */
export interface TrustParams {
  /**
   * The app.
   */
  app: AppName;
  /**
   * Digest of exactly the content that was shown.
   */
  digest: Digest;
}
/**
 * A person's decision.
 */
export interface VerdictParams {
  /**
   * Why.
   */
  note?: string | null;
  /**
   * The run it is about.
   */
  run: RunId;
  /**
   * The verdict.
   */
  verdict: Verdict;
}

/** Every error code. */
export const CODES = [
  "usage",
  "configuration",
  "not_found",
  "trust_required",
  "refused",
  "busy",
  "plan_outdated",
  "target_unreachable",
  "tool_missing",
  "secret_unavailable",
  "conflict",
  "disk_full",
  "storage",
  "internal",
] as const satisfies readonly Code[];

/** The command table. */
export interface Commands {
  /** Every resolved value with its origin. */
  "app.explain": { params: AppRef; answer: ExplainedValue[] };
  /** One app. */
  "app.get": { params: AppRef; answer: AppView };
  /** Proposes, or writes, a configuration for a folder. */
  "app.init": { params: InitParams; answer: InitView };
  /** Every known app with its environments. */
  "app.list": { params: Nothing; answer: AppView[] };
  /** Makes a folder known as an app. */
  "app.open": { params: AppRef; answer: AppView };
  /** Waits for something to change. */
  "changes.wait": { params: ChangesParams; answer: Changes };
  /** An environment's configuration. */
  "env.list": { params: EnvironmentRef; answer: ConfigValue[] };
  /** Sets or removes a value. */
  "env.set": { params: ConfigParams; answer: ConfigValue[] };
  /** Lines of a run's log. */
  "log.lines": { params: LogParams; answer: LogPage };
  /** Looks at what Seatrial needs on this machine. */
  "machine.check": { params: Nothing; answer: MachineView };
  /** Chooses the ports of the proxy. */
  "proxy.ports": { params: ProxyPorts; answer: MachineView };
  /** Releases of an app, newest first. */
  "release.list": { params: ListParams; answer: ReleaseLine[] };
  /** Asks a run to stop. */
  "run.cancel": { params: RunRef; answer: RunState };
  /** A run as its events tell it. */
  "run.get": { params: RunRef; answer: RunState };
  /** Runs, newest first. */
  "run.list": { params: ListParams; answer: RunLine[] };
  /** What would be done. */
  "run.plan": { params: PlanParams; answer: Plan };
  /** Takes up a run whose worker is gone. */
  "run.resume": { params: RunRef; answer: Started };
  /** Does what a plan says. */
  "run.start": { params: StartParams; answer: Started };
  /** Creates the sample app in a folder. */
  "sample.create": { params: SampleParams; answer: AppView };
  /** An environment's secrets, without values. */
  "secret.list": { params: EnvironmentRef; answer: SecretLine[] };
  /** Sets or removes a secret. */
  "secret.set": { params: SecretParams; answer: SecretLine[] };
  /** Trusts exactly the content that was shown. */
  "trust.grant": { params: TrustParams; answer: TrustView };
  /** Records a person's decision. */
  "verdict.record": { params: VerdictParams; answer: RunState };
}

/** The name of a command. */
export type CommandName = keyof Commands;

/** Whether a command only reads, or changes something. */
export const ACCESS = {
  "app.explain": "read",
  "app.get": "read",
  "app.init": "change",
  "app.list": "read",
  "app.open": "change",
  "changes.wait": "read",
  "env.list": "read",
  "env.set": "change",
  "log.lines": "read",
  "machine.check": "read",
  "proxy.ports": "change",
  "release.list": "read",
  "run.cancel": "change",
  "run.get": "read",
  "run.list": "read",
  "run.plan": "read",
  "run.resume": "change",
  "run.start": "change",
  "sample.create": "change",
  "secret.list": "read",
  "secret.set": "change",
  "trust.grant": "change",
  "verdict.record": "change",
} as const satisfies Record<CommandName, "read" | "change">;
