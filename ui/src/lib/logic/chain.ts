// What joins neighbours of the environment chain: the same image is one continuous line, a rebuild breaks it.

import type { Deployed, EnvironmentView } from "../api/generated";

/** How an environment stands to the one before it. */
export type Joint =
  /** Byte for byte the same image. */
  | "same"
  /** The same version, but another image: what was tried before it is not what runs here. */
  | "rebuilt"
  /** Another release. */
  | "other"
  /** One of them has nothing, or does not know its image. */
  | "unknown";

/** How two neighbours are joined. */
export function jointOf(left: Deployed | null, right: Deployed | null): Joint {
  if (!left?.image || !right?.image) return "unknown";
  if (left.image === right.image) return "same";
  return left.version === right.version ? "rebuilt" : "other";
}

/** A place of the chain with what leads to it. */
export interface ChainLink {
  environment: EnvironmentView;
  /** How it is joined to the one before; null: it is the first. */
  joint: Joint | null;
  /** Version of the one before that could be shipped here. */
  promotable: string | null;
}

/** The chain in promotion order. */
export function chainOf(environments: readonly EnvironmentView[]): ChainLink[] {
  return environments.map((environment, i) => {
    const before = environments[i - 1];
    if (!before) return { environment, joint: null, promotable: null };
    const joint = jointOf(before.current, environment.current);
    const offered = before.current && before.current.release !== environment.current?.release;
    return { environment, joint, promotable: offered ? (before.current?.version ?? null) : null };
  });
}
