// Servers of the demonstration: one that has everything, one without Docker, one whose login is nobody there, and any
// other as a stranger whose key nobody has accepted yet.

import type {
  AddTarget,
  Check,
  Preparation,
  PreparationStep,
  PrepareProgress,
  TargetLine,
  TargetView,
} from "../../api/generated";
import { CallError } from "../types";
import { digestOf } from "./digests";
import { ago } from "./world";

const KEY = { kind: "ssh-ed25519", fingerprint: "SHA256:uNiVztksCsDhcc0u9e8BrcQXVd0DsWjEBnHSkjxrF2E" };
const FINE = "ssh://web1";
const BARE = "ssh://bare1";
const NOBODY = "ssh://nobody1";

const WAYS: Record<string, string> = {
  [FINE]: "deploy@203.0.113.7:22",
  [BARE]: "deploy@203.0.113.9:22",
  [NOBODY]: "deploy@203.0.113.10:2222",
};

const NEEDED: readonly PreparationStep[] = [
  {
    line: "apt-get -o DPkg::Lock::Timeout=300 update",
    why: "Fetches the present list of packages, so that the one below is found.",
  },
  {
    line: "env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install --yes docker.io",
    why: "Docker is missing. This is the package that comes with Debian GNU/Linux 12 (bookworm), with what it recommends.",
  },
  { line: "systemctl enable --now docker", why: "Starts Docker now, and after each reboot." },
  {
    line: "usermod --append --groups docker deploy",
    why: "Lets `deploy` use Docker without sudo. Whoever may use Docker can do there what root can.",
  },
];

/** What is known of servers, and what is done to them. */
export class FakeServers {
  readonly #added = new Map<string, string>([[FINE, ago(20_000)]]);
  readonly #known = new Set([FINE, BARE, NOBODY]);
  readonly #prepared = new Set([FINE]);
  readonly #walks = new Map<string, number>();

  list(): TargetLine[] {
    const line = (target: string): TargetLine => ({
      target,
      login: way(target),
      added: this.#added.get(target) ?? null,
    });
    const others = [FINE, BARE, NOBODY, "ssh://deploy@203.0.113.17"].filter((name) => !this.#added.has(name));
    return [...[...this.#added.keys()].map(line), ...others.map(line)];
  }

  check(name: string): TargetView {
    const target = full(name);
    const known = this.#known.has(target);
    const view = { target, login: way(target), jump: null, keys: [KEY], known };
    const added = this.#added.get(target) ?? null;
    if (!known) {
      const fix = `compare the fingerprint, then \`seatrial target add ${target}\``;
      const key: Check = { name: "Key", state: "warning", detail: "not accepted yet", fix };
      return { ...view, reached: false, preparable: false, added, checks: [key] };
    }
    const preparable = this.#bare(target);
    return { ...view, reached: true, preparable, added, checks: checks(target, preparable) };
  }

  accept(target: string, fingerprints: readonly string[]): TargetView {
    if (!fingerprints.includes(KEY.fingerprint))
      throw new CallError("refused", { message: `${target} does not show that key; nothing was accepted` });
    this.#known.add(full(target));
    return this.check(target);
  }

  add({ target, fingerprints = [] }: AddTarget): TargetView {
    if (fingerprints.length > 0) this.accept(target, fingerprints);
    if (this.#known.has(full(target))) this.#added.set(full(target), ago(0));
    return this.check(target);
  }

  forget(target: string): TargetLine {
    this.#added.delete(full(target));
    return { target: full(target), login: null, added: null };
  }

  preparation(name: string): Preparation {
    const target = full(name);
    const obstacle = target === NOBODY ? "`deploy` is not root there and sudo asks for a password" : null;
    const through = ({ line, why }: PreparationStep) => ({ line: obstacle ? line : `sudo -n ${line}`, why });
    return {
      target,
      system: "Debian GNU/Linux 12 (bookworm)",
      commands: this.#bare(target) ? NEEDED.map(through) : [],
      digest: digestOf(`${target} preparation`),
      obstacle,
      hint: obstacle ? "run the commands there as root yourself, then check the server again" : null,
      underway: this.#walks.has(target),
    };
  }

  prepare(target: string): PrepareProgress {
    this.#walks.set(full(target), 0);
    return this.progress(target);
  }

  /** Each question finds the next command done. */
  progress(name: string): PrepareProgress {
    const target = full(name);
    const commands = NEEDED.map(({ line }) => `sudo -n ${line}`);
    const asked = (this.#walks.get(target) ?? 0) + 1;
    const done = asked > commands.length + 1;
    this.#walks.set(target, asked);
    if (done) {
      this.#walks.delete(target);
      this.#prepared.add(target);
    }
    const number = Math.min(asked, commands.length);
    const log = asked > commands.length ? "" : `$ ${commands[number - 1] ?? ""}\n`;
    return {
      target,
      state: done ? "done" : "running",
      number,
      commands,
      status: null,
      log,
      next: asked * 100,
    };
  }

  #bare(target: string): boolean {
    return (target === BARE || target === NOBODY) && !this.#prepared.has(target);
  }
}

function full(target: string): string {
  return target.includes("://") ? target : `ssh://${target}`;
}

function way(target: string): string {
  return WAYS[target] ?? "deploy@203.0.113.17:22";
}

function checks(target: string, bare: boolean): Check[] {
  const fine = (name: string, detail: string): Check => ({ name, state: "ok", detail, fix: null });
  const before = [fine("Key", "known"), fine("Login", way(target)), fine("Tools", "all there")];
  if (bare) {
    const detail = `the container engine at ${target} cannot be reached: Docker is not installed there`;
    const fix = `\`seatrial target prepare ${target}\` shows what is missing, and the commands that bring it`;
    return [...before, { name: "Docker engine", state: "failed", detail, fix }];
  }
  return [
    ...before,
    fine("Docker engine", "26.1.5 on linux/amd64"),
    fine("Disk space for images", "41.2 GiB free"),
    fine("Port 80", "free"),
    fine("Port 443", "free"),
  ];
}
