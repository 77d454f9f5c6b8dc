import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import App from "../App.svelte";
import { CODES, type CommandName } from "../lib/api/generated";
import { FakeBackend, type FakeOptions } from "../lib/backend/fake";
import { RUNS } from "../lib/backend/fake/world";
import { Session } from "../lib/state/session.svelte";
import { Theme } from "../lib/state/theme.svelte";
import { ERRORS } from "../lib/words/errors";

beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => undefined }));
  // jsdom has dialogs without their methods.
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function () {
    this.open = false;
    this.dispatchEvent(new Event("close"));
  };
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
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

describe("a new person", () => {
  it("is taught what to do and gets to the plan from a path", async () => {
    const { user } = await open("#/", { scenario: "empty" });
    expect(await screen.findByRole("heading", { level: 1, name: "Welcome aboard" })).toBeInTheDocument();
    await user.type(screen.getByTestId("open-folder-path"), "/home/ada/projects/diary");
    await user.click(screen.getByTestId("open-folder"));
    expect(await screen.findByRole("heading", { level: 1, name: "diary" })).toBeInTheDocument();
  });

  it("is told what is wrong with a path that does not exist", async () => {
    const { user } = await open("#/", { scenario: "empty" });
    await user.type(await screen.findByTestId("open-folder-path"), "diary");
    await user.click(screen.getByTestId("open-folder"));
    expect(await screen.findByTestId("error")).toHaveTextContent("There is no folder diary.");
  });

  it("gets the sample app with one click", async () => {
    const { user } = await open("#/", { scenario: "empty" });
    await user.click(await screen.findByTestId("try-sample"));
    expect(
      await screen.findByRole("heading", { level: 1, name: "Ship sample to local" }),
    ).toBeInTheDocument();
  });
});

describe("the machine", () => {
  it("is checked where that is shown, each time, and not by whoever only looks at the fleet", async () => {
    const { backend } = await open("#/");
    await screen.findByTestId("fleet");
    expect(asked(backend, "machine.check")).toHaveLength(0);
    for (const times of [1, 2]) {
      location.hash = "#/settings";
      await waitFor(() => expect(screen.getByTestId("machine")).toHaveTextContent("Docker engine"));
      expect(asked(backend, "machine.check")).toHaveLength(times);
      location.hash = "#/";
      await screen.findByTestId("fleet");
    }
  });
});

describe("trust", () => {
  it("is asked for with the commands and the change, and Ship waits for it", async () => {
    const { backend, user } = await open("#/app/notes/plan?env=local");
    expect(await screen.findByTestId("plan-confirm")).toBeDisabled();
    const panel = screen.getByTestId("trust");
    expect(within(panel).getByTestId("trust-commands")).toHaveTextContent("upload-coverage.sh");
    expect(panel).toHaveTextContent('+dependencies = "npm ci"');
    await user.click(screen.getByTestId("trust-grant"));
    await waitFor(() => expect(screen.getByTestId("plan-confirm")).toBeEnabled());
    expect(asked(backend, "trust.grant")[0]?.params).toEqual({
      app: "notes",
      digest: `sha256:${"c".repeat(64)}`,
    });
    expect(asked(backend, "run.start")).toHaveLength(0);
  });
});

describe("the plan", () => {
  it("shows what is there, what will be, the checks and the way back before anything happens", async () => {
    const { backend } = await open("#/app/guestbook/plan?env=local");
    const traffic = await screen.findByTestId("traffic");
    expect(traffic).toHaveAttribute("data-stage", "before");
    expect(
      within(traffic).getByRole("img", { name: /answered by 1\.4\.0 in slot blue/ }),
    ).toBeInTheDocument();
    const moment = within(traffic).getByTestId("traffic-moment");
    await fireEvent.input(moment, { target: { value: "99" } });
    expect(traffic).toHaveAttribute("data-stage", "after");
    expect(within(traffic).getByRole("img", { name: /by this build in slot green/ })).toBeInTheDocument();
    expect(screen.getByTestId("there-will-be")).toHaveTextContent("decided by this build");
    expect(await screen.findByText(/median of 12 runs like this/)).toBeInTheDocument();
    expect(screen.getByText(/going back is a switch of traffic/)).toBeInTheDocument();
    expect(screen.getByTestId("plan-steps")).toHaveTextContent("Direct all traffic to slot green");
    expect(asked(backend, "run.start")).toHaveLength(0);
  });

  it("for production waits until the environment's name is typed", async () => {
    const { backend, user } = await open("#/app/guestbook/plan?env=prod");
    const confirm = await screen.findByTestId("plan-confirm");
    expect(confirm).toBeDisabled();
    await user.type(screen.getByTestId("plan-guard"), "pro");
    expect(confirm).toBeDisabled();
    await user.type(screen.getByTestId("plan-guard"), "d");
    expect(confirm).toBeEnabled();
    await user.click(confirm);
    await screen.findByTestId("run-status");
    expect(asked(backend, "run.start")[0]?.params).toMatchObject({
      fingerprint: `sha256:${"e".repeat(64)}`,
      plan: { app: "guestbook", environment: "prod" },
    });
  });

  it("that got outdated is shown anew instead of being carried out", async () => {
    const { backend, user } = await open("#/app/guestbook/plan?env=local", {
      fail: { "run.start": "plan_outdated" },
    });
    const confirm = await screen.findByTestId("plan-confirm");
    const before = asked(backend, "run.plan").length;
    await user.click(confirm);
    expect(await screen.findByText(/This is the new plan/)).toBeInTheDocument();
    await waitFor(() => expect(asked(backend, "run.plan").length).toBe(before + 1));
    expect(screen.queryByTestId("run-status")).not.toBeInTheDocument();
  });

  it.each(CODES)("that fails with %s says so with a title and what to do", async (code) => {
    await open("#/app/guestbook/plan?env=local", { fail: { "run.plan": code } });
    const error = await screen.findByTestId("error");
    expect(error).toHaveAttribute("data-code", code);
    expect(error).toHaveTextContent(ERRORS[code].title);
    expect(screen.queryByTestId("plan-confirm")).not.toBeInTheDocument();
  });
});

describe("a run", () => {
  it("that is done shows its proof, its verdict and the way back", async () => {
    await open(`#/run/${RUNS.done}`);
    expect(await screen.findByTestId("run-status")).toHaveAttribute("data-status", "succeeded");
    expect(screen.getByTestId("run-proof")).toHaveTextContent(/0 of [\d,]+ requests failed/);
    expect(screen.getByTestId("verdict")).toHaveAttribute("data-verdict", "go");
    expect(await screen.findByTestId("verb-rollback")).toBeInTheDocument();
  });

  it("that failed says what stopped where, why, what it means for users and what to do", async () => {
    await open(`#/run/${RUNS.failed}`);
    const failure = await screen.findByTestId("failure");
    expect(failure).toHaveTextContent("Stopped at “Wait until slot green is healthy”");
    expect(failure).toHaveTextContent("Port 8000 refused for 60 s");
    expect(screen.getByTestId("for-users")).toHaveTextContent("1.3.2 still serves");
    expect(failure).toHaveTextContent("KeyError: 'REDIS_URL'");
    expect(screen.getByTestId("retry").getAttribute("href")).toContain(`retry=${RUNS.failed}`);
    await screen.findByTestId("waterfall");
    const steps = screen.getByTestId("run-steps").querySelectorAll("[data-status]");
    const by = (status: string) =>
      [...steps].filter((step) => step.getAttribute("data-status") === status).length;
    expect([by("failed"), by("undone"), by("skipped")]).toEqual([1, 1, 7]);
  });

  it("that goes on moves by itself from the change feed to its end", async () => {
    const { user } = await open("#/app/guestbook/plan?env=local", { pace: 20 });
    await user.click(await screen.findByTestId("plan-confirm"));
    expect(await screen.findByTestId("run-status")).toBeInTheDocument();
    await waitFor(
      () => expect(screen.getByTestId("run-status")).toHaveAttribute("data-status", "succeeded"),
      {
        timeout: 4000,
      },
    );
    expect(screen.getByTestId("verdict")).toHaveAttribute("data-verdict", "go");
  });

  it("is stopped only after it was said what is left behind", async () => {
    const { backend, user } = await open(`#/run/${RUNS.running}`);
    await user.click(await screen.findByTestId("run-cancel"));
    expect(screen.getByText(/Left behind/)).toBeInTheDocument();
    expect(asked(backend, "run.cancel")).toHaveLength(0);
    await user.click(screen.getByTestId("cancel-confirm"));
    await waitFor(() => expect(screen.getByTestId("run-status")).toHaveAttribute("data-status", "cancelled"));
  });

  it("keeps a person's verdict with the note", async () => {
    const { backend, user } = await open(`#/run/${RUNS.done}`);
    await user.type(await screen.findByTestId("verdict-note"), "totals are off");
    await user.click(screen.getByTestId("verdict-no-go"));
    await waitFor(() => expect(screen.getByTestId("verdict")).toHaveAttribute("data-verdict", "no_go"));
    expect(asked(backend, "verdict.record")[0]?.params).toEqual({
      run: RUNS.done,
      verdict: "no_go",
      note: "totals are off",
    });
  });

  it("whose log has a million lines draws a few of them", async () => {
    const { backend } = await open(`#/run/${RUNS.done}`, { lines: 1_000_000 });
    await waitFor(() => expect(screen.getByTestId("log-total")).toHaveTextContent("1,000,000 lines"));
    expect(screen.getByTestId("log-view").querySelectorAll(".line").length).toBeLessThan(100);
    expect(asked(backend, "log.lines").length).toBeLessThan(6);
  });

  it("that does not exist is answered with where to look", async () => {
    await open("#/run/nope");
    expect(await screen.findByTestId("error")).toHaveAttribute("data-code", "not_found");
  });
});

describe("an environment", () => {
  it("that somebody changes from another machine says who, and what for", async () => {
    await open("#/app/ledger/environment/prod");
    expect(await screen.findByTestId("busy")).toHaveTextContent(
      "bea@desk is changing it from another machine: Deploy ledger 2.9.1 to prod.",
    );
  });
});

describe("everywhere", () => {
  it("keys do what the buttons do, and ? lists them", async () => {
    const { user } = await open("#/app/guestbook");
    await screen.findByTestId("environment-local");
    await user.keyboard("?");
    expect(await screen.findByRole("dialog")).toHaveTextContent("preview Ship");
    await user.click(screen.getByRole("button", { name: "Close" }));
    await user.keyboard("s");
    expect(
      await screen.findByRole("heading", { level: 1, name: "Ship guestbook to local" }),
    ).toBeInTheDocument();
    await user.keyboard("gf");
    expect(await screen.findByRole("heading", { level: 1, name: "Fleet" })).toBeInTheDocument();
  });

  it("letters typed into a field stay letters", async () => {
    const { user } = await open("#/apps");
    await user.type(await screen.findByTestId("open-folder-path"), "/srv/bes");
    expect(screen.getByTestId("open-folder-path")).toHaveValue("/srv/bes");
    expect(location.hash).toBe("#/apps");
  });

  it("a lost connection is said, and what is shown is fetched again when it is back", async () => {
    const { backend } = await open(`#/run/${RUNS.done}`);
    await screen.findByTestId("run-status");
    const before = asked(backend, "run.get").length;
    backend.connect(false);
    expect(await screen.findByTestId("disconnected")).toBeInTheDocument();
    backend.connect(true);
    await waitFor(() => expect(screen.queryByTestId("disconnected")).not.toBeInTheDocument());
    await waitFor(() => expect(asked(backend, "run.get").length).toBeGreaterThan(before));
  });

  it("problems of a configuration are listed with file, line and column", async () => {
    await open("#/app/shop-api");
    const problems = await screen.findByTestId("problems");
    expect(problems).toHaveTextContent("seatrial.toml:7:1");
    expect(problems).toHaveTextContent("did you mean env?");
  });
});

describe("a page that can only look", () => {
  it("says so and how to change it, shows the plan, and does not offer to carry it out", async () => {
    await open("#/app/guestbook/plan?env=local", { readOnly: true });
    expect(await screen.findByTestId("read-only")).toHaveTextContent("seatrial serve --allow-changes");
    expect(await screen.findByTestId("traffic")).toBeInTheDocument();
    expect(screen.getByTestId("plan-confirm")).toBeDisabled();
  });
});

describe("an environment", () => {
  it("shows what its app writes only when somebody wants to see it", async () => {
    const { backend, user } = await open("#/app/guestbook/environment/local");
    await user.click(await screen.findByTestId("output-show"));
    expect(await screen.findByTestId("output-state")).toHaveTextContent("Following slot blue");
    expect(asked(backend, "environment.output")[0]?.params).toMatchObject({
      environment: "local",
      slot: null,
    });
    await user.selectOptions(screen.getByTestId("output-slot"), "green");
    await waitFor(() => expect(screen.getByTestId("output-state")).toHaveTextContent("does not run"));
    await user.click(screen.getByTestId("output-hide"));
    expect(screen.queryByTestId("output")).toBeNull();
  });

  it("is stopped after a preview of what that means, and started again", async () => {
    const { backend, user } = await open("#/app/guestbook/environment/staging");
    await user.click(await screen.findByTestId("verb-halt"));
    expect(await screen.findByTestId("plan-notices")).toHaveTextContent("503");
    await user.click(await screen.findByTestId("plan-confirm"));
    await waitFor(() => expect(asked(backend, "run.start")).toHaveLength(1));
    location.hash = "#/app/guestbook/environment/staging";
    expect(await screen.findByTestId("halted")).toHaveTextContent("Stopped by ada@laptop");
    expect(screen.queryByTestId("verb-restart")).toBeNull();
    expect(await screen.findByTestId("verb-start")).toBeInTheDocument();
  });

  it("says what its slots use", async () => {
    await open("#/app/guestbook/environment/local");
    await waitFor(() => expect(screen.getByTestId("cpu-blue")).toHaveTextContent("%"));
    expect(screen.getByTestId("usage")).toHaveTextContent("does not run");
  });
});
