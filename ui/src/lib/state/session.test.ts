import { expect, it } from "vitest";
import type { ChangeListener } from "../backend";
import { FakeBackend } from "../backend/fake";
import { Session } from "./session.svelte";

class Quiet extends FakeBackend {
  listener: ChangeListener | undefined;

  override changes(listener: ChangeListener): () => void {
    this.listener = listener;
    return () => undefined;
  }
}

it("asks anew when something other than a run changed, but not for leases", () => {
  const backend = new Quiet();
  const session = new Session(backend);
  const told: (string[] | null)[] = [];
  session.onChange((runs) => told.push(runs));
  const stop = session.start();
  backend.listener?.changed([], ["leases"]);
  expect(told).toEqual([]);
  backend.listener?.changed([], ["settings"]);
  backend.listener?.changed(["run-1"], []);
  expect(told).toEqual([null, ["run-1"]]);
  stop();
});
