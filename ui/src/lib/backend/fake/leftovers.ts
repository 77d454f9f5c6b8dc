// What nothing in the demonstration's environments needs any more.

import type { EnvironmentRef, LeftoverLine, Leftovers } from "../../api/generated";
import { digestOf } from "./digests";
import { placeKey } from "./fleet";

/** What may go from an environment's target, unless it went already. */
export function leftoversOf(asked: EnvironmentRef, pruned: ReadonlySet<string>): Leftovers {
  const { app } = asked;
  const environment = asked.environment ?? "local";
  const items: LeftoverLine[] = [
    { kind: "image", name: `seatrial/${app}:1.9.0`, versions: ["1.9.0"], size: 46_400_000 },
    { kind: "image", name: `seatrial/${app}:1.8.2`, versions: ["1.8.2"], size: 45_900_000 },
  ];
  return {
    app,
    environment,
    target: "docker",
    keep: 5,
    items: pruned.has(placeKey(asked)) ? [] : items,
    digest: digestOf(`${app} ${environment} leftovers`),
  };
}
