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
      /**
       * Whose engine builds it; `None`: this machine's.
       */
      on?: SshHost | null;
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
      /**
       * Which image.
       */
      artifact: ArtifactRef;
      do: "transfer";
      /**
       * Whose engine has it; `None`: this machine's.
       */
      from?: SshHost | null;
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
      do: "run-job";
      /**
       * The job.
       */
      job: StepId;
      /**
       * Longest time, in milliseconds.
       */
      limit_ms: number;
      /**
       * What makes its container what it is: as that of the app, with another command and without ports.
       */
      shape: ContainerShape;
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
      /**
       * Which image.
       */
      artifact: ArtifactRef;
      do: "launch-workers";
      /**
       * The slot.
       */
      slot: Slot;
      /**
       * The workers.
       */
      workers: WorkerShape[];
    }
  | {
      do: "start-workers";
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
      do: "stop-workers";
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
 * A host reached over SSH, written `ssh://[user@]host[:port]`.
 *
 * Its parts become arguments of `ssh`, so nothing that could be read as an option, a pattern or two words gets in.
 */
export type SshHost = string;
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
 * One of the two places a release can occupy in an environment. Releases alternate between them,
 * with every strategy, so that the release before is kept in the other one.
 */
export type Slot = "blue" | "green";
/**
 * A step's name; unique in its run.
 */
export type StepId = string;
/**
 * The name of a process of an app that runs beside the one visitors reach; unique in its environment.
 */
export type WorkerName = string;
/**
 * Whether the history of an environment is known here.
 */
export type Adopted = "known" | "foreign" | "broken";
/**
 * An app's name; unique in a Seatrial home.
 */
export type AppName = string;
/**
 * One execution of build, ship and/or evaluate.
 */
export type RunId = string;
/**
 * An environment's name; unique in its app.
 */
export type EnvironmentName = string;
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
 * The decision evidence led to.
 */
export type Verdict = "go" | "no_go" | "inconclusive";
/**
 * How an environment was when it was last looked at.
 */
export type Health = "unknown" | "answers" | "fails" | "nothing" | "stopped";
/**
 * How a slot's container is.
 */
export type SlotState = "running" | "stopped" | "other";
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
    }
  | {
      /**
       * Who did.
       */
      by: Actor;
      end: "taken_over";
      /**
       * The other run.
       */
      run: RunId;
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
 * What a run is for.
 */
export type RunKind = "deploy" | "rollback" | "restart" | "stop" | "start";
/**
 * How a run is.
 */
export type RunStatus =
  "queued" | "waiting" | "running" | "undoing" | "succeeded" | "failed" | "cancelled" | "needs-attention";
/**
 * What a finding says.
 */
export type FindingResult = "pass" | "fail" | "inconclusive";
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
       * Bytes that were moved, before compression on the way.
       */
      bytes: number;
      fact: "transferred";
      /**
       * The image.
       */
      image: Digest;
      /**
       * Layers that were moved.
       */
      moved: number;
      /**
       * Layers that were there already.
       */
      there: number;
    }
  | {
      fact: "job-ended";
      /**
       * The job.
       */
      job: StepId;
      /**
       * Its exit status; 0: all is well.
       */
      status: number;
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
 * The three parts of a deployment.
 */
export type Phase = "build" | "ship" | "evaluate";
/**
 * What caused a run.
 */
export type Trigger = "terminal" | "window" | "web-page";
/**
 * Why a person is needed.
 */
export type NeedKind = "attention" | "failed" | "verdict" | "drift" | "down" | "trust" | "configuration";
/**
 * What happens to hosts that were switched when a later one fails.
 */
export type OnFailure = "revert" | "hold";
/**
 * What kind of thing is left over.
 */
export type LeftoverKind = "container" | "name" | "image";
/**
 * How reading an app's output is.
 */
export type OutputState = "connecting" | "running" | "stopped" | "nothing" | "lost";
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
 * How the commands on a server are.
 */
export type PrepareState = "running" | "done" | "failed" | "interrupted";
/**
 * How a step is.
 */
export type StepStatus = "pending" | "running" | "succeeded" | "failed" | "cancelled" | "skipped" | "undone";
/**
 * Why a step is not done.
 */
export type SkipReason = "need-failed" | "cancelled" | "done-before";
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
 * Accepts keys a server shows.
 */
export interface AcceptKeys {
  /**
   * Fingerprints a person has seen and compared. The server has to show each of them; only these are accepted.
   */
  fingerprints: string[];
  /**
   * The server.
   */
  target: string;
}
/**
 * An authority that gives certificates by ACME (RFC 8555).
 */
export interface Acme {
  /**
   * URL of its directory; `None`: the usual public authorities.
   */
  directory: string | null;
  /**
   * Whom it may write to.
   */
  email: string | null;
  /**
   * Its own certificate in PEM, where the proxy's host does not know it.
   */
  root: string | null;
}
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
   * The authority that public names get their certificates from; `None`: the proxy's usual ones.
   */
  acme?: Acme | null;
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
  /**
   * Number of its content, from 1: another one makes another container. `None`: it has no content yet, or the plan
   * was made before contents were numbered.
   */
  version?: number | null;
}
/**
 * A process that runs beside the one visitors reach.
 */
export interface WorkerShape {
  /**
   * Its name.
   */
  name: WorkerName;
  /**
   * What makes its container what it is: as that of the app, with another command and without ports.
   */
  shape: ContainerShape;
  /**
   * How long it has to stay up, in milliseconds.
   */
  steady_ms: number;
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
 * Remembers a server, accepting keys of it if that is asked for.
 */
export interface AddTarget {
  /**
   * Fingerprints a person has seen and compared, where its keys are not known yet.
   */
  fingerprints?: string[];
  /**
   * The server.
   */
  target: string;
}
/**
 * What the journal of an environment told.
 */
export interface AdoptedPlace {
  /**
   * The app.
   */
  app: AppName;
  /**
   * When that was.
   */
  at: string | null;
  /**
   * Who changes it right now.
   */
  busy: LeaseHolder | null;
  /**
   * Who deployed last.
   */
  by: Actor | null;
  /**
   * Its environment.
   */
  environment: EnvironmentName;
  /**
   * The version that is live by its word.
   */
  live: string | null;
  /**
   * Runs that were not known here before.
   */
  new_runs: number;
  /**
   * What a person should know, or do.
   */
  note: string | null;
  /**
   * Runs the journal tells of.
   */
  runs: number;
  /**
   * Whether its history is known here now.
   */
  state: Adopted;
}
/**
 * Who changes an environment right now, from whatever machine.
 */
export interface LeaseHolder {
  /**
   * Who started it.
   */
  actor: Actor;
  /**
   * What for, in words.
   */
  doing: string;
  /**
   * The run.
   */
  run: RunId;
  /**
   * Since when, by that machine's clock.
   */
  since: string;
}
/**
 * What a server's journals told.
 */
export interface Adoption {
  /**
   * Every environment it has a journal of.
   */
  places: AdoptedPlace[];
  /**
   * The server.
   */
  target: string;
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
   * Who stopped it, until it is started again.
   */
  halted: Halted | null;
  /**
   * With several hosts, what each serves; empty until somebody looks there.
   */
  hosts: HostState[];
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
 * Who stopped an environment.
 */
export interface Halted {
  /**
   * When.
   */
  at: string;
  /**
   * Who.
   */
  by: Actor;
  /**
   * The run that did it.
   */
  run: RunId;
}
/**
 * One of several hosts, as seen just now.
 */
export interface HostState {
  /**
   * Whether that is the release that is recorded as live.
   */
  current: boolean;
  /**
   * The host.
   */
  host: SshHost;
  /**
   * What was seen; `None`: see `unreachable`.
   */
  observed: ObservedPlace | null;
  /**
   * Why nothing could be seen.
   */
  unreachable: string | null;
  /**
   * The version that answers there; `None`: none does, or its container does not say, or see `unreachable`.
   */
  version: string | null;
}
/**
 * What was seen in an environment.
 */
export interface ObservedPlace {
  /**
   * What was answered: "200 in 3 ms", "refused".
   */
  answer: string | null;
  /**
   * When it was looked at.
   */
  at: string;
  /**
   * The slot that traffic goes to, as the proxy says.
   */
  direction: Slot | null;
  /**
   * Free bytes on the engine's disk.
   */
  disk_free: number | null;
  /**
   * The engine: "Docker 26.1.5 on linux/amd64".
   */
  engine: string;
  /**
   * How it answers through the public path.
   */
  health: Health;
  /**
   * Slots that exist.
   */
  slots: SlotSeen[];
}
/**
 * A slot that exists.
 */
export interface SlotSeen {
  /**
   * Its container's name.
   */
  container: string;
  /**
   * Its image.
   */
  image: Digest;
  /**
   * Volumes and folders in it.
   */
  mounts: string[];
  /**
   * Ports it publishes past the proxy.
   */
  ports: string[];
  /**
   * How often the engine started it again.
   */
  restarts: number;
  /**
   * Which one.
   */
  slot: Slot;
  /**
   * When it was started.
   */
  started_at: string | null;
  /**
   * How it is.
   */
  state: SlotState;
  /**
   * The version in it.
   */
  version: string | null;
  /**
   * Its workers.
   */
  workers?: WorkerSeen[];
}
/**
 * A worker of a slot.
 */
export interface WorkerSeen {
  /**
   * Its container's name.
   */
  container: string;
  /**
   * Which one.
   */
  name: WorkerName;
  /**
   * How often the engine started it again.
   */
  restarts: number;
  /**
   * When it was started.
   */
  started_at: string | null;
  /**
   * How it is.
   */
  state: SlotState;
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
 * A copy of the history.
 */
export interface BackupLine {
  /**
   * When it was made.
   */
  at: string;
  /**
   * Its size.
   */
  bytes: number;
  /**
   * Its file's name.
   */
  name: string;
}
/**
 * Names a copy of the history.
 */
export interface BackupRef {
  /**
   * Its file's name.
   */
  name: string;
}
/**
 * Changes settings; what is `None` stays.
 */
export interface ChangeSettings {
  /**
   * Answers to "assess your needs".
   */
  needs?: Needs | null;
  /**
   * Whether the desktop tells when a run ends or needs a person.
   */
  notify?: boolean | null;
}
/**
 * An answer to "assess your needs".
 */
export interface Needs {
  /**
   * What does the app mean to you? `hobby`, `useful`, `business`, `critical`.
   */
  meaning: string | null;
  /**
   * What is practical? `this-machine`, `one-server`, `several-servers`.
   */
  practical: string | null;
  /**
   * Who are you? `alone`, `team`, `organisation`.
   */
  who: string | null;
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
  /**
   * What else changed: `apps`, `env-values`, `secrets`, `trust`, `settings`, `leases`.
   */
  topics: string[];
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
 * A commit.
 */
export interface Commit {
  /**
   * When.
   */
  at: string | null;
  /**
   * Who wrote it.
   */
  author: string | null;
  /**
   * Its id; `None`: only its subject is known.
   */
  id: string | null;
  /**
   * The first line of its message.
   */
  subject: string;
}
/**
 * Compares two releases.
 */
export interface CompareReleases {
  /**
   * The app.
   */
  app: AppName;
  /**
   * The one that was: its version, or the beginning of its id.
   */
  from: string;
  /**
   * The one that will be.
   */
  to: string;
}
/**
 * Compares two runs.
 */
export interface CompareRuns {
  /**
   * The run.
   */
  run: RunId;
  /**
   * The run it is compared with; `None`: the last good one before it.
   */
  with?: RunId | null;
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
 * A decision about a release.
 */
export interface Decision {
  /**
   * When.
   */
  at: string;
  /**
   * Who decided.
   */
  by: DecidedBy;
  /**
   * The environment.
   */
  environment: EnvironmentName | null;
  /**
   * A person's note.
   */
  note: string | null;
  /**
   * What decided.
   */
  reasons: string[];
  /**
   * The run it is about.
   */
  run: RunId;
  /**
   * The verdict.
   */
  verdict: Verdict;
}
/**
 * Something that is not as recorded or declared.
 */
export interface Difference {
  /**
   * As recorded or declared.
   */
  expected: string;
  /**
   * What it means for the people who use the app, and what to do.
   */
  meaning: string;
  /**
   * As seen.
   */
  seen: string;
  /**
   * What: "live slot", "image", "container".
   */
  what: string;
}
/**
 * The way into an environment: a command line of this machine.
 */
export interface Entrance {
  /**
   * The app.
   */
  app: AppName;
  /**
   * The container that is entered.
   */
  container: string | null;
  /**
   * The environment.
   */
  environment: EnvironmentName;
  /**
   * The same as one line for a shell.
   */
  line: string;
  /**
   * The slot that is entered; `None`: it is the server.
   */
  slot: Slot | null;
  /**
   * Its target.
   */
  target: Target;
  /**
   * The program and its arguments.
   */
  words: string[];
}
/**
 * Asks for the way into an environment.
 */
export interface EntranceParams {
  /**
   * The app.
   */
  app: AppName;
  /**
   * A command and its arguments; empty: a shell.
   */
  command?: string[];
  /**
   * The environment; `None`: the first one.
   */
  environment?: EnvironmentName | null;
  /**
   * To the server itself instead of a container on it.
   */
  host?: boolean;
  /**
   * With several servers, which one.
   */
  server?: string | null;
  /**
   * The slot whose container is entered; `None`: the one that is live.
   */
  slot?: Slot | null;
  /**
   * Whether a person is at a terminal, which the command then gets.
   */
  terminal?: boolean;
  /**
   * One of the version's workers; `None`: what visitors reach.
   */
  worker?: WorkerName | null;
}
/**
 * An environment in detail.
 */
export interface EnvironmentDetail {
  /**
   * Who changes it right now, where others can.
   */
  busy: LeaseHolder | null;
  /**
   * Its configuration.
   */
  configuration: ConfigValue[];
  /**
   * Resolved values that concern it, each with its origin.
   */
  declared: ExplainedValue[];
  /**
   * Differences between what is recorded or declared and what was seen.
   */
  drift: Difference[];
  /**
   * The environment.
   */
  environment: EnvironmentView;
  /**
   * What was put there, newest first.
   */
  history: PastDeployment[];
  /**
   * With several hosts, what was seen on each; `observed` and `unreachable` are `None` then.
   */
  hosts: HostState[];
  /**
   * What was seen there just now; `None`: see `unreachable`.
   */
  observed: ObservedPlace | null;
  /**
   * Its secrets, without values.
   */
  secrets: SecretLine[];
  /**
   * Why nothing could be seen.
   */
  unreachable: string | null;
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
 * A time a release was put into an environment.
 */
export interface PastDeployment {
  /**
   * When it began to change something.
   */
  at: string;
  /**
   * The environment.
   */
  environment: EnvironmentName;
  /**
   * What it was for.
   */
  kind: RunKind;
  /**
   * When visitors got it; `None`: they never did, or it was taken back.
   */
  live_at: string | null;
  /**
   * Requests through the public path meanwhile.
   */
  proof: ProbeTotals | null;
  /**
   * Why it did not end as asked.
   */
  reason: string | null;
  /**
   * The run.
   */
  run: RunId;
  /**
   * How the run is.
   */
  status: RunStatus;
  /**
   * When another one took its place; `None`: it is there, or never was.
   */
  until: string | null;
  /**
   * The last verdict.
   */
  verdict: Verdict | null;
  /**
   * The version it put there.
   */
  version: string | null;
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
 * A finding with where it comes from.
 */
export interface Evidence {
  /**
   * When the run ended, or began while it goes on.
   */
  at: string;
  /**
   * The environment.
   */
  environment: EnvironmentName | null;
  /**
   * The finding.
   */
  finding: Finding;
  /**
   * The run.
   */
  run: RunId;
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
 * A file that differs.
 */
export interface FileChange {
  /**
   * Lines added; `None`: it is no text.
   */
  added: number | null;
  /**
   * Its path.
   */
  path: string;
  /**
   * Lines removed.
   */
  removed: number | null;
}
/**
 * What a person looks for in the history; what is empty fits every run.
 */
export interface FindRuns {
  /**
   * Only this app.
   */
  app?: AppName | null;
  /**
   * Only what is older than this run, for paging.
   */
  before?: RunId | null;
  /**
   * Only environments of this name, of any app.
   */
  environment?: EnvironmentName | null;
  /**
   * At most so many; `None`: 50.
   */
  limit?: number | null;
  /**
   * Only runs that are like one of these.
   */
  statuses?: RunStatus[];
  /**
   * Only runs with this text in app, environment, headline, version, end of the id, or reason; ASCII letters fit
   * in either case.
   */
  text?: string | null;
  /**
   * Only runs of the person with this login name.
   */
  user?: string | null;
}
/**
 * An app of the fleet.
 */
export interface FleetApp {
  /**
   * Its name.
   */
  app: AppName;
  /**
   * Its environments, in promotion order.
   */
  environments: FleetCell[];
  /**
   * Its folder.
   */
  folder: string;
  /**
   * "Dockerfile", "Python project"; empty: not looked at yet.
   */
  kind: string;
  /**
   * Why nothing can be done with it: its folder is gone, its configuration has errors.
   */
  problem: string | null;
  /**
   * Whether its commands have to be trusted before anything runs.
   */
  untrusted: boolean;
}
/**
 * An environment of an app.
 */
export interface FleetCell {
  /**
   * What is live, as recorded.
   */
  current: Deployed | null;
  /**
   * How many differences between what is recorded and what was seen there.
   */
  drift: number;
  /**
   * The environment.
   */
  environment: EnvironmentName;
  /**
   * Who stopped it, until it is started again.
   */
  halted: Halted | null;
  /**
   * How it was when it was last looked at.
   */
  health: Health;
  /**
   * With several hosts: what was seen on how many, when it was last looked at.
   */
  hosts: HostsSeen | null;
  /**
   * The last run that is over.
   */
  last: RunLine | null;
  /**
   * What a rollback goes back to: its version.
   */
  previous: string | null;
  /**
   * Whether it is production.
   */
  production: boolean;
  /**
   * Version of the environment left of it, when it is another release that could be promoted here.
   */
  promotable: string | null;
  /**
   * The run that changes it now.
   */
  running: RunId | null;
  /**
   * When it was last looked at; `None`: not since this program started.
   */
  seen_at: string | null;
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
 * How many of several hosts were how.
 */
export interface HostsSeen {
  /**
   * All of them.
   */
  all: number;
  /**
   * Those that serve the release that is recorded as live.
   */
  current: number;
  /**
   * Those that could not be looked at.
   */
  unreachable: number;
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
 * Every app and environment, as recorded and last looked at. Folders are not looked at for it, so that it is quick
 * with hundreds of apps.
 */
export interface FleetView {
  /**
   * The apps, by name.
   */
  apps: FleetApp[];
  /**
   * What waits for a person, most urgent first.
   */
  needs: Need[];
  /**
   * Runs that are going on, oldest first.
   */
  running: RunLine[];
}
/**
 * Something that waits for a person.
 */
export interface Need {
  /**
   * The app.
   */
  app: AppName;
  /**
   * The environment.
   */
  environment: EnvironmentName | null;
  /**
   * What kind of thing.
   */
  kind: NeedKind;
  /**
   * The run it is about.
   */
  run: RunId | null;
  /**
   * Since when, when that is known.
   */
  since: string | null;
  /**
   * One sentence.
   */
  text: string;
}
/**
 * What happens on one of several hosts.
 */
export interface HostMove {
  /**
   * What will be.
   */
  after: SlotView[];
  /**
   * With which batch it is switched, from 1; `None`: nothing is to be done there.
   */
  batch: number | null;
  /**
   * What is there.
   */
  before: SlotView[];
  /**
   * The host.
   */
  host: SshHost;
  /**
   * The slot that answers now.
   */
  live: Slot | null;
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
 * How several hosts are taken along.
 */
export interface HostsMove {
  /**
   * The hosts, in the order of the file.
   */
  hosts: HostMove[];
  /**
   * What happens to hosts that were switched when a later one fails.
   */
  on_failure: OnFailure;
}
/**
 * Asks what a folder's configuration for another tool says.
 */
export interface ImportParams {
  /**
   * The folder.
   */
  folder: string;
}
/**
 * What a configuration for another tool would become.
 */
export interface ImportView {
  /**
   * The file that was read.
   */
  file: string | null;
  /**
   * What could not be taken over, with what to do about it.
   */
  left: string[];
  /**
   * What was taken over, in words.
   */
  taken: string[];
  /**
   * Text for `seatrial.toml`.
   */
  text: string | null;
  /**
   * The tool: "Compose", "Kamal"; `None`: none was found.
   */
  tool: string | null;
}
/**
 * What happened, newest first.
 */
export interface Inbox {
  /**
   * The items.
   */
  items: InboxItem[];
  /**
   * How many were not seen yet.
   */
  unseen: number;
}
/**
 * A run that ended, or that needs a person.
 */
export interface InboxItem {
  /**
   * When it happened.
   */
  at: string;
  /**
   * The run.
   */
  run: RunLine;
  /**
   * Whether it was seen.
   */
  seen: boolean;
  /**
   * What it means for the people who use the app, or what to do.
   */
  text: string;
  /**
   * What happened, in a few words: "guestbook 1.4.0 is live in prod".
   */
  title: string;
  /**
   * Whether a person is still needed.
   */
  waits: boolean;
}
/**
 * Marks what was seen.
 */
export interface InboxSeen {
  /**
   * Everything up to this moment was.
   */
  until: string;
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
 * Something that nothing needs any more.
 */
export interface LeftoverLine {
  /**
   * What kind of thing it is.
   */
  kind: LeftoverKind;
  /**
   * What it is called; an image without a name: its digest.
   */
  name: string;
  /**
   * Its size in bytes, layers that other images share included; `None`: it takes no room of its own worth counting.
   */
  size: number | null;
  /**
   * Versions in it.
   */
  versions: string[];
}
/**
 * What may go from an environment's target. Changes nothing.
 */
export interface Leftovers {
  /**
   * The app.
   */
  app: AppName;
  /**
   * Digest of exactly this list, for removing it.
   */
  digest: Digest;
  /**
   * The environment.
   */
  environment: EnvironmentName;
  /**
   * What may go, in the order in which it goes.
   */
  items: LeftoverLine[];
  /**
   * How many of the newest releases' images stay.
   */
  keep: number;
  /**
   * Its target.
   */
  target: Target;
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
 * Lines of a log that have a text.
 */
export interface LogHits {
  /**
   * Their numbers, as in `log.lines` of the same selection.
   */
  lines: number[];
  /**
   * Where to go on; `None`: everything was looked at.
   */
  next: number | null;
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
 * Asks for the lines of a log that have a text.
 */
export interface LogSearch {
  /**
   * Only lines from this one on, from 0.
   */
  from?: number;
  /**
   * At most so many; `None`: 10,000.
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
  /**
   * The text; upper and lower case are the same.
   */
  text: string;
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
 * Something that is different.
 */
export interface NamedChange {
  /**
   * How it is; `None`: it is gone.
   */
  after: string | null;
  /**
   * How it was; `None`: it was not there.
   */
  before: string | null;
  /**
   * What: "LOG_LEVEL", "commit", "strategy".
   */
  name: string;
}
/**
 * No parameters.
 */
export interface Nothing {}
/**
 * A line that an app wrote.
 */
export interface OutputLine {
  /**
   * When the engine got it.
   */
  at: string;
  /**
   * Its number, from 0, in what is followed.
   */
  line: number;
  /**
   * The server that wrote it, where several are read.
   */
  server?: string | null;
  /**
   * The slot that wrote it.
   */
  slot: Slot;
  /**
   * `out` or `err`.
   */
  stream: string;
  /**
   * The text; may contain SGR sequences, no other control characters. Secrets are masked.
   */
  text: string;
}
/**
 * Some of what an app wrote.
 */
export interface OutputPage {
  /**
   * The environment.
   */
  environment: EnvironmentName;
  /**
   * Names what is followed. Another one counts its lines anew.
   */
  feed: number;
  /**
   * The oldest line that is still kept.
   */
  first: number;
  /**
   * The lines.
   */
  lines: OutputLine[];
  /**
   * Why it was lost.
   */
  message: string | null;
  /**
   * Where to go on.
   */
  next: number;
  /**
   * Grows with every change.
   */
  revision: number;
  /**
   * The slot that is read now; `None` where several servers read different ones.
   */
  slot: Slot | null;
  /**
   * How reading is; of several servers, that of the one that needs most attention.
   */
  state: OutputState;
  /**
   * How many lines there were so far.
   */
  total: number;
}
/**
 * Asks for what an app writes. Whoever follows asks again and again, with `feed`, `from` and `seen` of the page before.
 */
export interface OutputParams {
  /**
   * The app.
   */
  app: AppName;
  /**
   * The environment; `None`: the first one.
   */
  environment?: EnvironmentName | null;
  /**
   * What is followed, as the page before named it.
   */
  feed?: number | null;
  /**
   * Whether new lines are waited for, from here on and over restarts.
   */
  follow?: boolean;
  /**
   * First line, from 0.
   */
  from?: number;
  /**
   * The revision of the page before: it is waited for another one.
   */
  seen?: number | null;
  /**
   * With several servers, which one.
   */
  server?: string | null;
  /**
   * Only what was written since then.
   */
  since?: string | null;
  /**
   * The slot; `None`: always the one that visitors get.
   */
  slot?: Slot | null;
  /**
   * At most so many of the lines that are there already; `None`: 500, or all since `since`.
   */
  tail?: number | null;
  /**
   * Longest wait for something new, in milliseconds.
   */
  wait_ms?: number;
  /**
   * One of the version's workers; `None`: what visitors reach.
   */
  worker?: WorkerName | null;
}
/**
 * A release with everything that is known about it.
 */
export interface Passport {
  /**
   * The release before, by version.
   */
  before: string | null;
  /**
   * The run that built it; `None`: its history is gone.
   */
  built_by: RunLine | null;
  /**
   * Commits since the release before, newest first; without git, or when git no longer has them, the subjects
   * recorded when it was built.
   */
  commits: Commit[];
  /**
   * Decisions about it, newest first.
   */
  decisions: Decision[];
  /**
   * Every time it was put somewhere, newest first.
   */
  deployments: PastDeployment[];
  /**
   * Evidence about it: of the run that built it and of its deployments, newest first.
   */
  evidence: Evidence[];
  /**
   * Digest of the pipeline that built it.
   */
  pipeline: Digest;
  /**
   * Name of its image for people.
   */
  reference: string | null;
  /**
   * The release.
   */
  release: ReleaseLine;
  /**
   * Size of its image in bytes.
   */
  size: number | null;
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
 * An environment of a pipeline.
 */
export interface PipelineEnvironment {
  /**
   * Line of the text that declares it, from 1.
   */
  line: number | null;
  /**
   * Its name.
   */
  name: EnvironmentName;
  /**
   * Whether it is production.
   */
  production: boolean;
  /**
   * Where it runs.
   */
  target: Target;
}
/**
 * Asks for a pipeline.
 */
export interface PipelineParams {
  /**
   * The app.
   */
  app: AppName;
  /**
   * Text to read in place of the file, which stays as it is; `None`: the file.
   */
  text?: string | null;
}
/**
 * A step of a pipeline.
 */
export interface PipelineStep {
  /**
   * Whether the run fails when it fails.
   */
  blocking: boolean;
  /**
   * Its name; unique in its phase.
   */
  id: StepId;
  /**
   * Line of the text that declares it, from 1; `None`: it comes by itself or was detected.
   */
  line: number | null;
  /**
   * Steps of the same phase that have to succeed first.
   */
  needs: StepId[];
  /**
   * Where it comes from, in words: "seatrial.toml:12", "package.json: scripts.test", "always".
   */
  origin: string;
  /**
   * Its phase.
   */
  phase: Phase;
  /**
   * Its kind.
   */
  practice: Practice;
  /**
   * For people.
   */
  title: string;
}
/**
 * A pipeline as text and as a graph.
 */
export interface PipelineView {
  /**
   * The environments, in promotion order; empty with errors.
   */
  environments: PipelineEnvironment[];
  /**
   * What is wrong with the text.
   */
  problems: Problem[];
  /**
   * Digest of the file in the folder; `None`: there is none. Saving needs it.
   */
  saved: Digest | null;
  /**
   * Steps that always come or were declared; empty with errors.
   */
  steps: PipelineStep[];
  /**
   * The text: what was given, or the file's, or when there is no file the text that would say the same.
   */
  text: string;
}
/**
 * What an environment's slots use just now.
 */
export interface PlaceUsage {
  /**
   * When it was looked at.
   */
  at: string;
  /**
   * The environment.
   */
  environment: EnvironmentName;
  /**
   * The server, where the environment is on one or more.
   */
  server: SshHost | null;
  /**
   * Slots that exist, each followed by its workers.
   */
  slots: SlotUsage[];
}
/**
 * What a container of a slot uses.
 */
export interface SlotUsage {
  /**
   * Bytes of its image, layers that other images share included; `None`: the image is gone.
   */
  image_bytes: number | null;
  /**
   * How often the engine started it again.
   */
  restarts: number;
  /**
   * The slot.
   */
  slot: Slot;
  /**
   * When it was last started.
   */
  started_at: string | null;
  /**
   * What it uses; `None`: it does not run.
   */
  used: Used | null;
  /**
   * The version in it.
   */
  version: string | null;
  /**
   * The worker whose container it is; `None`: that of what visitors reach.
   */
  worker?: WorkerName | null;
}
/**
 * What a running container uses.
 */
export interface Used {
  /**
   * Processor time, in percent of one processor; `None`: it was started again just now.
   */
  cpu_percent: number | null;
  /**
   * Memory in bytes, without files that could be dropped from it.
   */
  memory: number;
  /**
   * Memory it may use in bytes: its own limit, or all of the host.
   */
  memory_limit: number | null;
  /**
   * Bytes received since its start.
   */
  received: number;
  /**
   * Bytes sent since its start.
   */
  sent: number;
  /**
   * Processes and threads.
   */
  tasks: number | null;
}
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
  /**
   * Of several hosts those that are left out. They keep what they serve.
   */
  without?: SshHost[];
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
   * The host it is done on, where an environment has several.
   */
  host?: SshHost | null;
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
   * With several hosts, what is and what will be on each; `before` and `after` are empty then.
   */
  hosts?: HostsMove | null;
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
   * What tells one state of the changed files from another; `None`: no tracked file is changed.
   */
  changes?: Digest | null;
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
  /**
   * Of several hosts those that are left out, by name or whole target. They keep what they serve.
   */
  without?: string[];
}
/**
 * What has to be done on a server before anything can be shipped to it. Nothing was changed.
 */
export interface Preparation {
  /**
   * The commands, in order. None and no obstacle: nothing has to be done.
   */
  commands: PreparationStep[];
  /**
   * Digest of exactly these commands, for carrying them out.
   */
  digest: Digest;
  /**
   * What to do about that.
   */
  hint: string | null;
  /**
   * Why Seatrial cannot do it; the commands are for a person who is root there then.
   */
  obstacle: string | null;
  /**
   * Its operating system, as it calls itself.
   */
  system: string;
  /**
   * The server.
   */
  target: string;
  /**
   * Whether it is being prepared right now, by whomever: `target.progress` follows it.
   */
  underway: boolean;
}
/**
 * A command that prepares a server.
 */
export interface PreparationStep {
  /**
   * The command, exactly as the server's shell gets it.
   */
  line: string;
  /**
   * Why it is needed.
   */
  why: string;
}
/**
 * Asks how far the preparation of a server is.
 */
export interface PrepareCursor {
  /**
   * Where the answer before stopped; 0: from the beginning.
   */
  after?: number;
  /**
   * The server.
   */
  target: string;
}
/**
 * Prepares a server by the commands that were shown.
 */
export interface PrepareParams {
  /**
   * Digest of exactly the commands that were shown.
   */
  digest: Digest;
  /**
   * The server.
   */
  target: string;
}
/**
 * How far the preparation of a server is.
 */
export interface PrepareProgress {
  /**
   * All commands.
   */
  commands: string[];
  /**
   * What they said since the answer before.
   */
  log: string;
  /**
   * Where this answer stops.
   */
  next: number;
  /**
   * The command that is under way or was last, from 1; 0: none was begun.
   */
  number: number;
  /**
   * How the commands are.
   */
  state: PrepareState;
  /**
   * The exit status of the one that failed.
   */
  status: number | null;
  /**
   * The server.
   */
  target: string;
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
 * What promoting a release changes in an environment, and the plan that does it. Nothing is built: the image is the
 * one that was tried.
 */
export interface Promotion {
  /**
   * The app.
   */
  app: AppName;
  /**
   * What is different from that, with the configuration it was started with there against the one declared there
   * now; `None`: nothing is live there.
   */
  comparison: ReleaseComparison | null;
  /**
   * Configuration that is not the same in both environments: `before` is the value in `from`, `after` the one in
   * `to`. Secrets only by name.
   */
  configuration: NamedChange[];
  /**
   * The environment it comes from.
   */
  from: EnvironmentName;
  /**
   * Target, strategy, domains, ports, volumes and the like that are not the same in both.
   */
  infrastructure: NamedChange[];
  /**
   * The plan that ships it.
   */
  plan: Plan;
  /**
   * The release.
   */
  release: ReleaseLine;
  /**
   * What is live in `to`; `None`: nothing.
   */
  replaces: Deployed | null;
  /**
   * The environment it goes to.
   */
  to: EnvironmentName;
  /**
   * The last verdict on it in `from`.
   */
  verdict: Verdict | null;
}
/**
 * What is different between two releases.
 */
export interface ReleaseComparison {
  /**
   * Commits that come, newest first; `None`: git cannot tell.
   */
  commits: Commit[] | null;
  /**
   * Configuration of the environment each was last put into: keys that differ. Secrets only by name.
   */
  configuration: NamedChange[];
  /**
   * Files that differ, by git; `None`: git cannot tell.
   */
  files: FileChange[] | null;
  /**
   * The one that was.
   */
  from: ReleaseLine;
  /**
   * Size of the image that was, in bytes.
   */
  from_size: number | null;
  /**
   * Commits that go, newest first: not empty when going back or between branches.
   */
  lost: Commit[];
  /**
   * Packages of lock files and lists that differ: "npm express 4.18 → 4.19"; `None`: git cannot tell.
   */
  packages: NamedChange[] | null;
  /**
   * Change of the pipeline file, as a unified diff; `None`: none, or git cannot tell.
   */
  pipeline: string | null;
  /**
   * Whether both are the same image, byte for byte.
   */
  same_image: boolean;
  /**
   * The one that will be.
   */
  to: ReleaseLine;
  /**
   * Size of the image that will be.
   */
  to_size: number | null;
}
/**
 * Asks what promoting a release would change.
 */
export interface PromotionParams {
  /**
   * The app.
   */
  app: AppName;
  /**
   * The environment it comes from; `None`: the one before in promotion order.
   */
  from?: EnvironmentName | null;
  /**
   * The release, by version or id prefix; `None`: what is live in `from`.
   */
  release?: string | null;
  /**
   * The environment it goes to.
   */
  to: EnvironmentName;
  /**
   * Of several hosts those that are left out, by name or whole target.
   */
  without?: string[];
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
 * Removes what was shown.
 */
export interface PruneParams {
  /**
   * The app.
   */
  app: AppName;
  /**
   * Digest of exactly the list that was shown.
   */
  digest: Digest;
  /**
   * The environment; `None`: the first one.
   */
  environment?: EnvironmentName | null;
}
/**
 * What became of it.
 */
export interface Pruned {
  /**
   * The environment.
   */
  environment: EnvironmentName;
  /**
   * What was removed.
   */
  removed: LeftoverLine[];
  /**
   * What stayed, because something has found a use for it meanwhile.
   */
  stayed: LeftoverLine[];
}
/**
 * Names a release.
 */
export interface ReleaseRef {
  /**
   * The app.
   */
  app: AppName;
  /**
   * Its version, or the beginning of its id.
   */
  release: string;
}
/**
 * Two runs beside each other.
 */
export interface RunComparison {
  /**
   * Other differences, in words: strategy, configuration keys, commit, checks.
   */
  differences: NamedChange[];
  /**
   * The run.
   */
  run: RunLine;
  /**
   * Steps of either, in the first one's order.
   */
  steps: StepComparison[];
  /**
   * The run it is compared with.
   */
  with: RunLine;
}
/**
 * A step in two runs.
 */
export interface StepComparison {
  /**
   * Its time there.
   */
  duration_ms: number | null;
  /**
   * Its phase.
   */
  phase: Phase;
  /**
   * How it is in the first run; `None`: it has no such step.
   */
  status: StepStatus | null;
  /**
   * The step.
   */
  step: StepId;
  /**
   * Its title.
   */
  title: string;
  /**
   * Its time there.
   */
  with_duration_ms: number | null;
  /**
   * How it is in the other run.
   */
  with_status: StepStatus | null;
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
 * Saves a pipeline's text.
 */
export interface SavePipeline {
  /**
   * The app.
   */
  app: AppName;
  /**
   * Digest of the file that was read (see `saved`); another one in the folder by now is a conflict.
   */
  over?: Digest | null;
  /**
   * The text. One with errors is refused.
   */
  text: string;
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
 * A key of a server.
 */
export interface ServerKey {
  /**
   * Its fingerprint: "SHA256:…".
   */
  fingerprint: string;
  /**
   * Its kind: "ED25519".
   */
  kind: string;
}
/**
 * Settings of this home, and what is kept for safety.
 */
export interface SettingsView {
  /**
   * Copies of the history, newest first.
   */
  backups: BackupLine[];
  /**
   * Bytes of history and logs.
   */
  history_bytes: number;
  /**
   * Where all data is.
   */
  home: string;
  /**
   * Where the key of secrets is, in words.
   */
  key: string;
  /**
   * Answers to "assess your needs".
   */
  needs: Needs;
  /**
   * Whether the desktop tells when a run ends or needs a person.
   */
  notify: boolean;
  /**
   * This program's version.
   */
  version: string;
}
/**
 * A part of the time line.
 */
export interface Span {
  /**
   * Its beginning.
   */
  begin_ms: number;
  /**
   * Its end; `None`: it goes on.
   */
  end_ms: number | null;
  /**
   * Why: "ada@workbench was deploying".
   */
  why: string;
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
 * A server to choose from.
 */
export interface TargetLine {
  /**
   * Since when it is remembered here; `None`: it is only an entry of the SSH configuration.
   */
  added: string | null;
  /**
   * What the SSH configuration makes of it: "deploy@203.0.113.7:22"; `None`: ssh could not say in time.
   */
  login: string | null;
  /**
   * As it stands in `seatrial.toml`.
   */
  target: string;
}
/**
 * Names a server.
 */
export interface TargetRef {
  /**
   * `ssh://[user@]host[:port]`, or the same without `ssh://`.
   */
  target: string;
}
/**
 * A server, as far as it can be seen.
 */
export interface TargetView {
  /**
   * Since when it is remembered here.
   */
  added: string | null;
  /**
   * What was looked at, in order; after one that failed there may be nothing more.
   */
  checks: Check[];
  /**
   * Hosts that the way leads over.
   */
  jump: string | null;
  /**
   * Keys it shows; empty when it could not be asked.
   */
  keys: ServerKey[];
  /**
   * Whether a person has accepted them.
   */
  known: boolean;
  /**
   * What the SSH configuration makes of it: "deploy@203.0.113.7:22".
   */
  login: string;
  /**
   * Whether something is missing there that `target.preparation` knows commands for, or a reason against them.
   */
  preparable: boolean;
  /**
   * Whether the login works.
   */
  reached: boolean;
  /**
   * As it stands in `seatrial.toml`.
   */
  target: string;
}
/**
 * When the steps of a run were done. Times are milliseconds after `from`.
 */
export interface Timeline {
  /**
   * When the run was asked for.
   */
  from: string;
  /**
   * The last run of the same kind in the same environment that succeeded before this one.
   */
  last_good: RunId | null;
  /**
   * Its length: to its end, or so far.
   */
  length_ms: number;
  /**
   * Whether it is over.
   */
  over: boolean;
  /**
   * The steps, in the plan's order.
   */
  rows: TimelineRow[];
  /**
   * What is usual for such a run; `None`: no such run succeeded before.
   */
  usual: Usual | null;
  /**
   * Times in which the run waited for another run or a person.
   */
  waits: Span[];
}
/**
 * A step on the time line.
 */
export interface TimelineRow {
  /**
   * Attempts begun.
   */
  attempts: number;
  /**
   * When its first attempt began.
   */
  begin_ms: number | null;
  /**
   * Whether it is on the longest chain of steps: only a shorter one of these makes the run shorter.
   */
  critical: boolean;
  /**
   * When its last attempt ended; for a step that runs: `None`.
   */
  end_ms: number | null;
  /**
   * Steps that have to succeed first.
   */
  needs: StepId[];
  /**
   * Its phase.
   */
  phase: Phase;
  /**
   * When everything it needs was done: from here to its beginning it waited.
   */
  ready_ms: number | null;
  /**
   * How it is.
   */
  status: StepStatus;
  /**
   * The step.
   */
  step: StepId;
  /**
   * Its title.
   */
  title: string;
  /**
   * Median time of the same step in the last 20 such runs that succeeded.
   */
  usual_ms: number | null;
}
/**
 * What is usual.
 */
export interface Usual {
  /**
   * Median length.
   */
  length_ms: number;
  /**
   * How many runs it is the median of.
   */
  runs: number;
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
 * Whose slots are looked at.
 */
export interface UsageParams {
  /**
   * The app.
   */
  app: AppName;
  /**
   * The environment; `None`: the first one.
   */
  environment?: EnvironmentName | null;
  /**
   * With several servers, which one.
   */
  server?: string | null;
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
  /** Copies the history now. */
  "backup.create": { params: Nothing; answer: SettingsView };
  /** Puts a copy of the history in the place of the present one, which is copied first. */
  "backup.restore": { params: BackupRef; answer: SettingsView };
  /** Waits for something to change. */
  "changes.wait": { params: ChangesParams; answer: Changes };
  /** An environment's configuration. */
  "env.list": { params: EnvironmentRef; answer: ConfigValue[] };
  /** Sets or removes a value. */
  "env.set": { params: ConfigParams; answer: ConfigValue[] };
  /** The command line that leads into an environment's container or server. */
  "environment.entrance": { params: EntranceParams; answer: Entrance };
  /** An environment: declared, seen, different. */
  "environment.get": { params: EnvironmentRef; answer: EnvironmentDetail };
  /** What an environment's target holds that nothing needs any more. */
  "environment.leftovers": { params: EnvironmentRef; answer: Leftovers };
  /** What an environment's app writes, so far or as it comes. */
  "environment.output": { params: OutputParams; answer: OutputPage };
  /** Removes exactly what was shown to be left over. */
  "environment.prune": { params: PruneParams; answer: Pruned };
  /** What an environment's slots use: processor, memory, network. */
  "environment.usage": { params: UsageParams; answer: PlaceUsage };
  /** Every app and environment at a glance. */
  "fleet.get": { params: Nothing; answer: FleetView };
  /** What a configuration for another tool would become. */
  "import.preview": { params: ImportParams; answer: ImportView };
  /** Runs that ended or need a person, newest first. */
  "inbox.list": { params: ListParams; answer: Inbox };
  /** Marks what was seen. */
  "inbox.seen": { params: InboxSeen; answer: Inbox };
  /** Lines of a run's log. */
  "log.lines": { params: LogParams; answer: LogPage };
  /** Lines of a run's log that have a text. */
  "log.search": { params: LogSearch; answer: LogHits };
  /** Looks at what Seatrial needs on this machine. */
  "machine.check": { params: Nothing; answer: MachineView };
  /** A pipeline as text and as a graph. */
  "pipeline.get": { params: PipelineParams; answer: PipelineView };
  /** Saves a pipeline's text, if nobody else did meanwhile. */
  "pipeline.save": { params: SavePipeline; answer: PipelineView };
  /** What promoting a release would change, and the plan that does it. */
  "promotion.get": { params: PromotionParams; answer: Promotion };
  /** Chooses the ports of the proxy. */
  "proxy.ports": { params: ProxyPorts; answer: MachineView };
  /** What is different between two releases. */
  "release.compare": { params: CompareReleases; answer: ReleaseComparison };
  /** A release with everything that is known about it. */
  "release.get": { params: ReleaseRef; answer: Passport };
  /** Releases of an app, newest first. */
  "release.list": { params: ListParams; answer: ReleaseLine[] };
  /** Asks a run to stop. */
  "run.cancel": { params: RunRef; answer: RunState };
  /** Two runs beside each other. */
  "run.compare": { params: CompareRuns; answer: RunComparison };
  /** Runs a person looks for, newest first. */
  "run.find": { params: FindRuns; answer: RunLine[] };
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
  /** When the steps of a run were done, beside what is usual. */
  "run.timeline": { params: RunRef; answer: Timeline };
  /** Creates the sample app in a folder. */
  "sample.create": { params: SampleParams; answer: AppView };
  /** An environment's secrets, without values. */
  "secret.list": { params: EnvironmentRef; answer: SecretLine[] };
  /** Sets or removes a secret. */
  "secret.set": { params: SecretParams; answer: SecretLine[] };
  /** Settings, and copies of the history. */
  "settings.get": { params: Nothing; answer: SettingsView };
  /** Changes settings. */
  "settings.set": { params: ChangeSettings; answer: SettingsView };
  /** Accepts keys of a server that a person has compared. */
  "target.accept": { params: AcceptKeys; answer: TargetView };
  /** Looks at a server and remembers it, if its key is known or accepted and the login works. */
  "target.add": { params: AddTarget; answer: TargetView };
  /** Takes up what others did on a server. */
  "target.adopt": { params: TargetRef; answer: Adoption };
  /** Looks at a server. */
  "target.check": { params: TargetRef; answer: TargetView };
  /** Remembers a server no longer; its keys stay known. */
  "target.forget": { params: TargetRef; answer: TargetLine };
  /** Servers that are remembered, then those that only the SSH configuration names. */
  "target.list": { params: Nothing; answer: TargetLine[] };
  /** The commands that a server needs before anything can be shipped to it, with why. */
  "target.preparation": { params: TargetRef; answer: Preparation };
  /** Starts exactly the commands that were shown; they come to their end by themselves. */
  "target.prepare": { params: PrepareParams; answer: PrepareProgress };
  /** How far the preparation of a server is. */
  "target.progress": { params: PrepareCursor; answer: PrepareProgress };
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
  "backup.create": "change",
  "backup.restore": "change",
  "changes.wait": "read",
  "env.list": "read",
  "env.set": "change",
  "environment.entrance": "read",
  "environment.get": "read",
  "environment.leftovers": "read",
  "environment.output": "read",
  "environment.prune": "change",
  "environment.usage": "read",
  "fleet.get": "read",
  "import.preview": "read",
  "inbox.list": "read",
  "inbox.seen": "change",
  "log.lines": "read",
  "log.search": "read",
  "machine.check": "read",
  "pipeline.get": "read",
  "pipeline.save": "change",
  "promotion.get": "read",
  "proxy.ports": "change",
  "release.compare": "read",
  "release.get": "read",
  "release.list": "read",
  "run.cancel": "change",
  "run.compare": "read",
  "run.find": "read",
  "run.get": "read",
  "run.list": "read",
  "run.plan": "read",
  "run.resume": "change",
  "run.start": "change",
  "run.timeline": "read",
  "sample.create": "change",
  "secret.list": "read",
  "secret.set": "change",
  "settings.get": "read",
  "settings.set": "change",
  "target.accept": "change",
  "target.add": "change",
  "target.adopt": "change",
  "target.check": "read",
  "target.forget": "change",
  "target.list": "read",
  "target.preparation": "read",
  "target.prepare": "change",
  "target.progress": "read",
  "trust.grant": "change",
  "verdict.record": "change",
} as const satisfies Record<CommandName, "read" | "change">;
