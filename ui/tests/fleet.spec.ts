import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { expectGoodScreen, expectNoBarrier, open, RULES } from "./page";

const SCREENS: Record<string, string> = {
  "huge fleet": "?fake=huge#/",
  apps: "?fake=full#/apps",
  "welcome page": "?fake=full#/welcome",
  import: "?fake=full#/app/sample/import",
  releases: "?fake=full#/releases",
  environments: "?fake=full#/environments",
  journal: "?fake=full#/journal",
  library: "?fake=full#/library",
  inbox: "?fake=full#/inbox",
  "empty inbox": "?fake=empty#/inbox",
  settings: "?fake=full#/settings",
  guide: "?fake=full#/help",
  "guide's reference": "?fake=full#/help/reference",
};

for (const [name, address] of Object.entries(SCREENS)) {
  test(`${name} can be used by everybody and fits every window`, async ({ page }) => {
    await expectGoodScreen(page, address);
  });
}

const cells = (page: Page) => page.getByTestId("fleet").locator('[role="gridcell"]');
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute("data-testid") ?? "");

test("of 25,000 cells only those in sight are drawn, and the farthest corner shows its own", async ({
  page,
}) => {
  await open(page, "?fake=huge#/");
  const grid = page.getByTestId("fleet");
  await expect(grid).toHaveAttribute("aria-rowcount", "501");
  await expect(grid).toHaveAttribute("aria-colcount", "51");
  expect(await cells(page).count()).toBeLessThan(200);
  await grid.evaluate((node) => node.scrollTo(node.scrollWidth, node.scrollHeight));
  // 500th app, 50th environment: see the demonstration's rule.
  await expect(page.getByTestId("cell-app-500-env-50")).toContainText("5.1.9");
  await expect(page.getByTestId("cell-app-500-env-50")).toBeInViewport();
  await expect(grid.getByRole("columnheader", { name: "env-50" })).toBeInViewport();
  await expect(page.getByTestId("app-app-500").getByRole("rowheader")).toBeInViewport();
  await expect(page.getByTestId("cell-app-250-env-25")).toHaveCount(0);
  expect(await cells(page).count()).toBeLessThan(200);
});

test("the fleet is walked, opened, shipped and rolled back by keys alone", async ({ page }) => {
  await open(page, "?fake=full#/");
  await page.getByTestId("fleet-filter").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => focused(page)).toBe("cell-billing-local");
  const names = await page.getByTestId("fleet").getByRole("columnheader").allTextContents();
  const prod = names.findIndex((name) => name.trim() === "prod");
  for (let column = 1; column < prod; column += 1) await page.keyboard.press("ArrowRight");
  await expect.poll(() => focused(page)).toBe("cell-billing-prod");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("fleet-drawer")).toContainText("3.1.4");
  await expectNoBarrier(new AxeBuilder({ page }).withTags(RULES));
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("fleet-drawer")).toHaveCount(0);
  await expect.poll(() => focused(page)).toBe("cell-billing-prod");
  await page.keyboard.press("s");
  await expect(page).toHaveURL(/billing\/plan\?env=prod&release=3\.2\.0/);
  await page.goBack();
  await page.getByTestId("cell-billing-prod").click();
  await page.keyboard.press("r");
  await expect(page).toHaveURL(/billing\/plan\?env=prod&kind=rollback/);
});

test("d says what would come from the environment to the left", async ({ page }) => {
  await open(page, "?fake=full#/?app=ledger&env=staging");
  await page.getByTestId("cell-ledger-staging").click();
  await page.keyboard.press("d");
  const comparison = page.getByTestId("compare-left");
  await expect(comparison).toContainText("2.4.0 beside 2.3.1");
  await expect(comparison).toContainText("Commits that would come");
  await expectNoBarrier(new AxeBuilder({ page }).withTags(RULES));
});

test("a fleet nobody has looked at says so, and looks when asked", async ({ page }) => {
  await open(page, "?fake=full&unseen#/");
  await expect(page.getByTestId("cell-billing-local")).toContainText("Recorded");
  await page.getByTestId("fleet-look").click();
  await expect(page.getByTestId("cell-billing-local")).toContainText("Live");
  await expect(page.getByTestId("fleet-look")).toHaveCount(0);
});

test("a link to a cell opens its details", async ({ page }) => {
  await open(page, "?fake=full#/?app=mailer&env=prod");
  await expect(page.getByTestId("fleet-drawer")).toContainText("The public address answers 502.");
});

test("the keys walk a huge fleet to its corners without losing the focus", async ({ page }) => {
  await open(page, "?fake=huge#/");
  await page.getByTestId("cell-app-001-env-01").click();
  await page.keyboard.press("Control+End");
  await expect.poll(() => focused(page)).toBe("cell-app-500-env-50");
  await expect(page.getByTestId("cell-app-500-env-50")).toBeInViewport();
  await page.keyboard.press("Home");
  await page.keyboard.press("PageUp");
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => focused(page)).toMatch(/^cell-app-4\d\d-env-01$/);
  await page.getByTestId("fleet").evaluate((node) => node.scrollTo(0, 0));
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => focused(page)).toMatch(/^cell-app-4\d\d-env-01$/);
});

test("a filter and a grouping are kept as a view", async ({ page }) => {
  await open(page, "?fake=full#/");
  await page.getByTestId("fleet-group").selectOption("state");
  await expect(page.getByTestId("fleet")).toContainText("Needs you, 7 apps");
  await page.getByTestId("fleet-filter").fill("prod down");
  await expect(page.getByTestId("app-mailer")).toBeVisible();
  await expect(page.getByTestId("app-billing")).toHaveCount(0);
  await page.getByTestId("fleet-views").getByText("Views").click();
  await page.getByLabel("Name of this view").fill("Down in production");
  await page.keyboard.press("Enter");
  await page.reload();
  await expect(page.getByTestId("app-billing")).toBeVisible();
  await page.getByTestId("fleet-views").getByText("Views").click();
  await page.getByRole("button", { name: "Down in production", exact: true }).click();
  await expect(page.getByTestId("app-billing")).toHaveCount(0);
  await expect(page.getByTestId("app-mailer")).toBeVisible();
});

test("the verbs act on the chosen cell", async ({ page }) => {
  await open(page, "?fake=full#/");
  await expect(page.getByTestId("verb-ship")).toBeDisabled();
  await page.getByTestId("cell-search-staging").click();
  await expect(page.getByTestId("app-switcher")).toContainText("search");
  await page.getByTestId("verb-evaluate").click();
  await expect(page).toHaveURL(/search\/plan\?env=staging&phases=evaluate/);
});

test("the palette finds an action by a few letters and does it by keys", async ({ page }) => {
  await open(page, "?fake=full#/runs");
  await page.keyboard.press("Control+k");
  await expect(page.getByTestId("palette-question")).toBeFocused();
  await page.keyboard.type("guest prod roll");
  await expect(page.getByTestId("palette").getByRole("option").first()).toContainText(
    "Roll back guestbook in prod",
  );
  await expectNoBarrier(new AxeBuilder({ page }).withTags(RULES));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/guestbook\/plan\?env=prod&kind=rollback/);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("journal");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Journal" })).toBeVisible();
});

test("the palette that is opened again at once stays open", async ({ page }) => {
  await open(page, "?fake=full#/runs");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("journal");
  await page.evaluate(async () => {
    const press = (key: string, ctrlKey = false) =>
      document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey, bubbles: true }));
    press("Enter");
    // Before the browser's next task, in which it tells of the close.
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    if (document.querySelector("dialog[open]")) throw new Error("the palette has not closed");
    press("k", true);
  });
  await expect(page.getByRole("heading", { level: 1, name: "Journal" })).toBeVisible();
  await expect(page.getByTestId("palette-question")).toBeFocused();
  await expect(page.getByTestId("palette-question")).toHaveValue("");
});

test("the app switcher lists apps only, also 500 of them", async ({ page }) => {
  await open(page, "?fake=huge#/apps");
  await page.getByTestId("app-switcher").click();
  await page.keyboard.type("app-44");
  await expect(page.getByTestId("palette").getByRole("option").first()).toContainText("app-44");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/#\/app\/app-44\d$/);
});

test("the pill opens the strip of what is running on every place", async ({ page }) => {
  await open(page, "?fake=full#/settings");
  await page.getByTestId("running-pill").click();
  await expect(page.getByTestId("running-strip")).toContainText("guestbook → local");
  await page.getByTestId("running-strip").getByRole("link").first().click();
  await expect(page.getByTestId("run-status")).toBeVisible();
});

test("the inbox counts what is new until it was seen", async ({ page }) => {
  await open(page, "?fake=full#/inbox");
  await expect(page.getByTestId("unseen")).toContainText(/^[1-9]/);
  await page.getByTestId("inbox-seen").click();
  await expect(page.getByTestId("unseen")).toHaveCount(0);
  await expect(page.getByTestId("inbox-seen")).toBeDisabled();
});

test("theme and size are chosen, kept, and nothing is cut off at twice the size", async ({ page }) => {
  await open(page, "?fake=full#/settings");
  await page.getByTestId("theme-contrast").check();
  await expect(page.locator("html")).toHaveAttribute("data-contrast", "more");
  await expectNoBarrier(new AxeBuilder({ page }).withRules(["color-contrast"]));
  await page.keyboard.press("Control++");
  await expect(page.getByTestId("zoom")).toHaveText("110 %");
  for (let i = 0; i < 6; i += 1) await page.keyboard.press("Control++");
  await expect(page.getByTestId("zoom")).toHaveText("200 %");
  await page.reload();
  await expect(page.getByTestId("zoom")).toHaveText("200 %");
  await page.setViewportSize({ width: 1920, height: 1280 });
  const cut = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(await cut()).toBe(0);
  await page.keyboard.press("Control+0");
  await expect(page.getByTestId("zoom")).toHaveText("100 %");
});

test("a copy of the history is put back only after a person has confirmed it", async ({ page }) => {
  await open(page, "?fake=full#/settings");
  await page.getByTestId("backup-create").click();
  await expect(page.getByTestId("backups").getByRole("row")).toHaveCount(5);
  await page.getByTestId("backups").getByRole("button", { name: "Restore" }).first().click();
  await expect(page.getByRole("dialog")).toContainText("the present history is copied first");
  await expectNoBarrier(new AxeBuilder({ page }).withTags(RULES));
  await page.getByTestId("restore-confirm").click();
  await expect(page.getByTestId("restored")).toBeVisible();
});

test("a new person answers, opens a folder, takes its compose file over and arrives at the plan", async ({
  page,
}) => {
  await open(page, "?fake=empty#/");
  await page.getByLabel("One person").check();
  await page.getByLabel("Critical").check();
  await expect(page.getByTestId("suggestions")).toContainText("A staging environment before production");
  await page.getByTestId("open-folder-path").fill("/home/ada/projects/diary");
  await page.getByTestId("open-folder").click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Compose");
  await expect(page.getByText("Service db (postgres:16)")).toBeVisible();
  await page.getByTestId("import-take").click();
  await expect(page.getByRole("heading", { level: 1, name: "Ship diary to local" })).toBeVisible();
});

test("an error note leads to the part of the guide that explains it", async ({ page }) => {
  await open(page, "?fake=full&fail=run.plan:target_unreachable#/app/guestbook/plan?env=local");
  await page.getByRole("link", { name: "Read about it in the guide" }).click();
  const heading = page.getByTestId("guide").getByRole("heading", { name: "Docker is not reachable" });
  await expect(heading).toBeInViewport();
  await expect(heading).toBeFocused();
});
