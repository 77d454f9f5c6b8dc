import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import App from "../App.svelte";
import type { CommandName } from "../lib/api/generated";
import { FakeBackend, type FakeOptions } from "../lib/backend/fake";
import { CallError } from "../lib/backend/types";
import { Preparing } from "../lib/state/preparing.svelte";
import { Session } from "../lib/state/session.svelte";
import { Theme } from "../lib/state/theme.svelte";

beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => undefined }));
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function open(hash: string, options: FakeOptions = {}) {
  location.hash = hash;
  const backend = new FakeBackend(options);
  render(App, { props: { session: new Session(backend), theme: new Theme() } });
  await screen.findByTestId("ready");
  return { backend, user: userEvent.setup() };
}

const asked = (backend: FakeBackend, command: CommandName) =>
  backend.calls.filter((call) => call.command === command);
const server = (target: string) => `#/servers?target=${encodeURIComponent(target)}`;

describe("servers", () => {
  it("are listed as remembered or configured, and a typed one is looked at", async () => {
    const { backend, user } = await open("#/servers");
    const list = await screen.findByTestId("servers");
    expect(await within(list).findByRole("link", { name: /web1.*since/ })).toBeInTheDocument();
    expect(within(list).getByRole("link", { name: /bare1/ })).toHaveTextContent("deploy@203.0.113.9:22");
    expect(screen.getByTestId("servers-teach")).toHaveTextContent("compare the server's key");
    await user.type(screen.getByTestId("server-address"), "deploy@new1{Enter}");
    expect(await screen.findByRole("heading", { name: "ssh://deploy@new1" })).toBeInTheDocument();
    expect(asked(backend, "target.check")[0]?.params).toEqual({ target: "ssh://deploy@new1" });
    expect(asked(backend, "target.add")).toHaveLength(0);
  });

  it("are remembered only with a key that a person has compared", async () => {
    const { backend, user } = await open(server("ssh://new1"));
    const accept = await screen.findByTestId("server-accept");
    await user.type(screen.getByTestId("server-paste"), "SHA256:wrong");
    expect(screen.getByTestId("server-compared")).toHaveTextContent("none of those shown");
    expect(accept).toBeDisabled();
    await user.clear(screen.getByTestId("server-paste"));
    await user.type(screen.getByTestId("server-paste"), "uNiVztksCsDhcc0u9e8BrcQXVd0DsWjEBnHSkjxrF2E");
    expect(screen.getByTestId("server-compared")).toHaveTextContent("one of those shown");
    await user.click(accept);
    expect(await screen.findByTestId("server-forget")).toBeInTheDocument();
    expect(asked(backend, "target.add")[0]?.params).toEqual({
      target: "ssh://new1",
      fingerprints: ["SHA256:uNiVztksCsDhcc0u9e8BrcQXVd0DsWjEBnHSkjxrF2E"],
    });
    await user.click(screen.getByTestId("server-forget"));
    expect(await screen.findByTestId("server-remember")).toBeEnabled();
  });

  it("that lack Docker show the commands and why before anything is done, then how far they are", async () => {
    const { backend, user } = await open(server("ssh://bare1"));
    await user.click(await screen.findByTestId("server-prepare"));
    const commands = await screen.findByTestId("prepare-commands");
    expect(commands).toHaveTextContent("sudo -n systemctl enable --now docker");
    expect(commands).toHaveTextContent("Starts Docker now, and after each reboot.");
    expect(asked(backend, "target.prepare")).toHaveLength(0);
    await user.click(screen.getByTestId("prepare-go"));
    expect(await screen.findByTestId("prepare-state")).toHaveTextContent("Command 1 of 4");
    await waitFor(() => expect(screen.queryByTestId("prepare")).toBeNull(), { timeout: 8000 });
    expect(screen.getByTestId("server")).toHaveTextContent("26.1.5 on linux/amd64");
    expect(screen.queryByTestId("server-prepare")).toBeNull();
  }, 15_000);

  it("whose login is not root give the commands to a person who is", async () => {
    const { user } = await open(server("ssh://nobody1"));
    await user.click(await screen.findByTestId("server-prepare"));
    const panel = await screen.findByTestId("prepare");
    expect(await within(panel).findByText(/is not root there/)).toBeInTheDocument();
    expect(within(panel).getByRole("button", { name: "Copy the commands" })).toBeEnabled();
    expect(screen.queryByTestId("prepare-go")).toBeNull();
  });

  it("cannot be changed from a page that can only look", async () => {
    const { user } = await open(server("ssh://bare1"), { readOnly: true });
    await user.click(await screen.findByTestId("server-prepare"));
    expect(await screen.findByTestId("prepare-go")).toBeDisabled();
    expect(screen.getByTestId("server-remember")).toBeDisabled();
  });

  it("that are remembered become environments in the pipeline", async () => {
    const { user } = await open("#/app/guestbook/pipeline");
    await user.click(await screen.findByTestId("open-library"));
    const library = await screen.findByTestId("server-library");
    expect(await within(library).findByText("ssh://web1")).toBeInTheDocument();
    expect(within(library).queryByText("ssh://bare1")).toBeNull();
    expect(within(library).getByRole("button", { name: /an environment on ssh:\/\/web1/ })).toBeEnabled();
  });
});

describe("a preparation that is followed", () => {
  it("goes on when the connection was lost, and ends when it is done", async () => {
    vi.useFakeTimers();
    const backend = new FakeBackend();
    const session = new Session(backend);
    const done = vi.fn();
    const preparing = new Preparing(session, "ssh://bare1", done);
    preparing.follow(await session.call("target.prepare", { target: "ssh://bare1", digest: "x" }));
    const call = vi.spyOn(session, "call");
    call.mockRejectedValueOnce(new CallError("target_unreachable", { message: "gone" }));
    await vi.advanceTimersByTimeAsync(800);
    expect([preparing.lost, preparing.progress?.state]).toEqual([true, "running"]);
    await vi.advanceTimersByTimeAsync(800);
    expect(preparing.lost).toBe(false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(preparing.progress?.state).toBe("done");
    expect(done).toHaveBeenCalledTimes(1);
    expect(preparing.log.match(/^\$ /gm)).toHaveLength(4);
  });

  it("stops asking when it is left, and says what else went wrong", async () => {
    vi.useFakeTimers();
    const session = new Session(new FakeBackend());
    const first = await session.call("target.prepare", { target: "ssh://bare1", digest: "x" });
    const call = vi.spyOn(session, "call");
    const left = new Preparing(session, "ssh://bare1", vi.fn());
    left.follow(first);
    left.stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(call).not.toHaveBeenCalled();
    const broken = new Preparing(session, "ssh://bare1", vi.fn());
    call.mockRejectedValueOnce(new CallError("internal", { message: "no" }));
    broken.follow(first);
    await vi.advanceTimersByTimeAsync(5000);
    expect(broken.error?.code).toBe("internal");
    expect(call).toHaveBeenCalledTimes(1);
  });
});
