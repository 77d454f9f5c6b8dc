import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { expectGoodScreen, expectNoBarrier, open, RULES } from "./page";

const SCREENS: Record<string, string> = {
  "an app with four environments": "?fake=full#/app/ledger",
  "a pipeline": "?fake=full#/app/guestbook/pipeline",
  "a pipeline with errors": "?fake=full#/app/shop-api/pipeline",
  "a pipeline without a file": "?fake=full#/app/sample/pipeline",
  "all releases": "?fake=full#/releases",
  "an app's releases": "?fake=full#/releases?app=ledger",
  "a passport": "?fake=full#/app/ledger/release/2.3.1",
  "two releases": "?fake=full#/app/guestbook/compare?from=1.3.1&to=1.4.0",
  "no two releases yet": "?fake=full#/app/guestbook/compare",
  environments: "?fake=full#/environments",
  "an environment with drift": "?fake=full#/app/guestbook/environment/staging",
  "production in detail": "?fake=full#/app/ledger/environment/prod-eu",
  "an environment that cannot be reached": "?fake=full#/app/ledger/environment/staging",
  "an environment on several hosts": "?fake=full#/app/mailer/environment/prod",
  "a plan for several hosts": "?fake=full#/app/mailer/plan?env=prod",
  "an environment that somebody else changes": "?fake=full#/app/ledger/environment/prod",
};

for (const [name, address] of Object.entries(SCREENS)) {
  test(`${name}: everybody can use it and it fits every window`, async ({ page }) => {
    await expectGoodScreen(page, address);
  });
}

/** The editor's text, which is in a shadow root. */
const textbox = (page: Page) => page.getByRole("textbox", { name: "Text of the pipeline" });

const graph = (page: Page) => page.getByTestId("pipeline-graph");

test("what is typed is in the graph, and a step of the graph leads to its line", async ({ page }) => {
  const said = await open(page, "?fake=full#/app/guestbook/pipeline");
  await textbox(page).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type('\n[build.steps.smell]\nrun = "true"\n');
  await expect(graph(page)).toContainText("smell");
  await expect(page.getByTestId("pipeline-state")).toHaveText("Not saved yet");
  await graph(page)
    .getByRole("button", { name: /Unit tests/ })
    .click();
  await expect(textbox(page)).toBeFocused();
  await page.keyboard.press("Control+s");
  await expect(page.getByTestId("pipeline-state")).toHaveText("Saved");
  expect(said).toEqual([]);
});

test("the schema completes keys and says what they mean", async ({ page }) => {
  const said = await open(page, "?fake=full#/app/guestbook/pipeline?step=build/unit-test");
  await expect(textbox(page)).toBeFocused();
  await page.keyboard.press("End");
  await page.keyboard.type("\nblo");
  await expect(page.getByRole("option", { name: /blocking/ })).toBeVisible();
  await expect(page.getByText("Whether the run fails when the step fails.")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(textbox(page)).toContainText("blocking = ");
  expect(said).toEqual([]);
});

test("a mistake is shown at its place and in the list, and the last graph stays", async ({ page }) => {
  await open(page, "?fake=full#/app/guestbook/pipeline?step=build/lint");
  await expect(textbox(page)).toBeFocused();
  await page.keyboard.press("End");
  await page.keyboard.type("\ntiemout = 1\n");
  const list = page.getByTestId("pipeline-problems");
  await expect(list).toContainText("unknown key");
  await expect(list.getByRole("button", { name: "8:1" })).toBeVisible();
  await expect(textbox(page).getByText("did you mean timeout?")).toBeVisible();
  await expect(graph(page)).toContainText("Unit tests");
  await expect(page.getByTestId("pipeline-save")).toBeDisabled();
});

test("a known practice comes from the library, without a mouse", async ({ page }) => {
  await open(page, "?fake=full#/app/guestbook/pipeline");
  await page.getByTestId("open-library").focus();
  await page.keyboard.press("Enter");
  await page.getByTestId("insert-kpi").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("step-library")).toHaveCount(0);
  await expect(textbox(page)).toContainText("[evaluate.steps.kpi]");
  await expect(graph(page)).toContainText("kpi");
  await page.keyboard.type("true");
  await expect(textbox(page)).toContainText('run = "true"');
});

test("whoever leaves with unsaved text is asked, and the text comes back", async ({ page }) => {
  await open(page, "?fake=full#/app/guestbook/pipeline");
  await textbox(page).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("# kept\n");
  await page.getByRole("link", { name: "Fleet", exact: true }).click();
  await expect(page.getByRole("dialog")).toContainText("Leave with unsaved text?");
  expect(page.url()).toContain("pipeline");
  await page.getByTestId("leave-keep").click();
  await expect(page.getByRole("heading", { level: 1, name: "Fleet" })).toBeVisible();
  await page.goBack();
  await expect(page.getByTestId("draft-restored")).toBeVisible();
  await textbox(page).click();
  await page.keyboard.press("Control+End");
  await expect(textbox(page)).toContainText("# kept");
});

test("letters typed into the pipeline stay letters", async ({ page }) => {
  await open(page, "?fake=full#/app/guestbook/pipeline");
  await textbox(page).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("# s b e ? gf\n");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Pipeline of guestbook");
  await expect(textbox(page)).toContainText("# s b e ? gf");
});

test("two releases are chosen in the list and compared", async ({ page }) => {
  await open(page, "?fake=full#/releases?app=guestbook");
  await expect(page.getByTestId("compare-chosen")).toBeDisabled();
  await page.getByTestId("choose-guestbook-1.4.0").check();
  await page.getByTestId("choose-guestbook-1.3.1").check();
  await page.getByTestId("compare-chosen").click();
  await expect(page.getByRole("heading", { level: 1, name: "1.3.1 → 1.4.0" })).toBeVisible();
  await expect(page.getByTestId("comparison")).toContainText("commits come");
  await page.getByRole("button", { name: "Swap" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "1.4.0 → 1.3.1" })).toBeVisible();
  await expect(page.getByTestId("comparison")).toContainText("commits go");
});

test("a value is set, and a secret's value is never on the page", async ({ page }) => {
  await open(page, "?fake=full#/app/guestbook/environment/staging");
  await page.getByTestId("add-value").click();
  await page.getByTestId("value-name").fill("CACHE");
  await page.getByTestId("value-value").fill("on");
  await page.getByTestId("value-save").click();
  await expect(page.getByTestId("configuration")).toContainText("CACHE");
  await page.getByRole("button", { name: "Set SMTP_PASSWORD" }).click();
  await page.getByTestId("value-value").fill("hunter2-of-mine");
  await page.getByTestId("value-save").click();
  await expect(page.getByTestId("configuration")).not.toContainText("missing");
  expect(await page.content()).not.toContain("hunter2");
});

test("what somebody made live by hand can be taken as it is", async ({ page }) => {
  await open(page, "?fake=full#/app/guestbook/environment/staging");
  await expect(page.getByTestId("drift")).toContainText("1.3.1 in slot green");
  await expect(page.getByTestId("restore")).toHaveText("Restore 1.3.2 …");
  await page.getByTestId("adopt").click();
  await expect(page).toHaveURL(/plan\?env=staging&phases=ship%2Cevaluate&release=1\.3\.1/);
  await expect(page.getByText(/Take guestbook 1\.3\.1 in staging .* as it is/)).toBeVisible();
  await expect(page.getByText("Nothing that is live changes.").first()).toBeVisible();
  await expect(page.getByTestId("plan-release").locator("option:checked")).toHaveText("1.3.1");
  await expect(page.getByRole("heading", { name: "There now, and afterwards" })).toHaveCount(0);
  await expectNoBarrier(new AxeBuilder({ page }).withTags(RULES));
  await open(page, "?fake=full#/app/guestbook/environment/prod");
  await expect(page.getByTestId("adopt")).toHaveCount(0);
});

test("one image is one line, and a rebuild breaks it", async ({ page }) => {
  await open(page, "?fake=full#/app/ledger");
  const joints = page.getByTestId("chain").locator(":scope > li");
  await expect(joints.nth(1)).toContainText("other release");
  await expect(joints.nth(2)).toContainText("same image");
  await expect(joints.nth(3)).toContainText("built again");
  await page.getByRole("link", { name: "Preview shipping 2.4.0 to staging, as it is" }).click();
  await expect(page).toHaveURL(/plan\?env=staging&release=2\.4\.0/);
});

test("a server is looked at when asked, and its keys are accepted by whoever saw them", async ({ page }) => {
  await open(page, "?fake=full#/app/ledger/environment/staging");
  const server = page.getByTestId("server");
  await expect(server).toContainText("nothing there is changed");
  await page.getByTestId("server-check").click();
  await expect(server).toContainText("SHA256:");
  await expect(server).toContainText("not accepted yet");
  await expectNoBarrier(new AxeBuilder({ page }).withTags(RULES));
  await page.getByTestId("server-accept").click();
  await expect(server).toContainText("26.1.5 on linux/amd64");
  await expect(page.getByTestId("server-accept")).toHaveCount(0);
});

test("several servers are looked into together, and one of them by choosing it", async ({ page }) => {
  await page.goto("?fake=full#/app/mailer/environment/prod");
  const server = page.getByTestId("server");
  await expect(server).toHaveValue("ssh://deploy@203.0.113.31");
  await server.selectOption("ssh://deploy@203.0.113.33");
  await expect(page.getByTestId("cpu-blue")).toContainText("%");
  await page.getByTestId("output-show").click();
  await expect(page.getByTestId("output-state")).toContainText("Following 3 servers");
  for (const host of [31, 32, 33]) {
    await expect(page.getByTestId("log-view")).toContainText(`203.0.113.${host}`);
  }
  await expectNoBarrier(new AxeBuilder({ page }).withTags(RULES));
  await page.getByTestId("output-server").selectOption("ssh://deploy@203.0.113.32");
  await expect(page.getByTestId("output-state")).toContainText("Following slot");
  await expect(page.getByTestId("log-view")).not.toContainText("203.0.113.");
});

test("workers are seen with their slot, and their output is followed", async ({ page }) => {
  await page.goto("?fake=full#/app/ledger/environment/prod");
  await expect(page.getByTestId("worker-blue-statements")).toContainText("running");
  await expect(page.getByTestId("cpu-blue/statements")).toContainText("%");
  await page.getByTestId("output-show").click();
  await page.getByTestId("output-slot").selectOption({ label: "Worker imports" });
  await expect(page.getByTestId("output-state")).toContainText("Following imports of slot");
  await expectNoBarrier(new AxeBuilder({ page }).withTags(RULES));
});

test("a host that is away is left out of a plan, and one always stays", async ({ page }) => {
  await page.goto("?fake=full#/app/mailer/plan?env=prod");
  const choice = page.getByTestId("plan-without");
  const host = (number: number) => choice.getByLabel(`ssh://deploy@203.0.113.${number}`);
  await expect(page.getByTestId("plan-hosts").locator("tbody tr")).toHaveCount(3);
  await host(33).uncheck();
  await expect(page).toHaveURL(/without=/);
  await expect(page.getByTestId("plan-hosts").locator("tbody tr")).toHaveCount(2);
  await expect(page.getByText("Left out: 203.0.113.33.")).toBeVisible();
  await host(31).uncheck();
  await expect(host(32)).toBeDisabled();
  await host(33).check();
  await expect(page.getByTestId("plan-hosts").locator("tbody tr")).toHaveCount(2);
});

test("a new server is compared, prepared and remembered", async ({ page }) => {
  await open(page, "?fake=full#/servers");
  await page.getByRole("link", { name: /bare1/ }).click();
  await page.getByTestId("server-prepare").click();
  await expect(page.getByTestId("prepare-commands")).toContainText("docker.io");
  await expectNoBarrier(new AxeBuilder({ page }).withTags(RULES));
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: `test-results/screens/server-prepare/${scheme}.png`, fullPage: true });
  }
  await page.getByTestId("prepare-go").click();
  await expect(page.getByTestId("prepare-state")).toContainText("Command");
  await expectNoBarrier(new AxeBuilder({ page }).withTags(RULES));
  await expect(page.getByTestId("server")).toContainText("26.1.5 on linux/amd64");
  await page.getByTestId("server-remember").click();
  await expect(page.getByTestId("server-forget")).toBeVisible();
});

test("the first screen stands before the page's scripts run, and they take it over where it stands", async ({
  page,
}) => {
  let go = () => {};
  const held = new Promise<void>((release) => (go = release));
  await page.route(/assets\/index-.*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("/?fake=full");
  const heading = page.locator("h1");
  const parts = [heading, page.locator("nav a.item").last(), page.getByTestId("find")];
  await expect(heading).toHaveText("Fleet");
  await expect(page).toHaveTitle("Fleet · Seatrial");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  // Nobody can use it yet, and nothing says that they could.
  await expect(page.locator("#app")).toHaveAttribute("inert", "");
  const places = () => Promise.all(parts.map((part) => part.boundingBox()));
  const before = await places();
  go();
  await page.getByTestId("ready").waitFor();
  await expect(page.locator("#app")).not.toHaveAttribute("inert");
  expect(await places()).toEqual(before);
});

test("another place than the first is not shown as if it were the first", async ({ page }) => {
  await page.route(/assets\/index-.*\.js$/, (route) => route.abort());
  await page.goto("/?fake=full#/releases");
  await expect(page.locator("h1")).toBeHidden();
});
