import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { readFile } from "node:fs/promises";
import { expectGoodScreen, expectNoBarrier, open, RULES, run } from "./page";

const id = (n: number) => run(n).slice("#/run/".length);
const noBarrier = (page: Page) => expectNoBarrier(new AxeBuilder({ page }).withTags(RULES));

const SCREENS: Record<string, string> = {
  "a run over time": `?fake=full${run(101)}?step=package`,
  "a run that holds requests and lost some": `?fake=full${run(109)}`,
  "a run that waits": `?fake=full${run(104)}`,
  "a run of Build alone": `?fake=full${run(108)}`,
  "two runs beside each other": `?fake=full${run(101)}/compare?with=${id(109)}`,
  "a long list of runs": "?fake=full&runs=100000#/runs",
  "a list of an app's runs": "?fake=full#/runs?app=guestbook",
  "a list without a run that fits": "?fake=full#/runs?text=nothing-fits",
  "a plan that holds requests": "?fake=full#/app/sample/plan?env=local",
  "a plan of Build alone": "?fake=full#/app/guestbook/plan?phases=build",
};

for (const [name, address] of Object.entries(SCREENS)) {
  test(`${name} can be used by everybody and fits every window`, async ({ page }) => {
    // A list of 100,000 goes on for as long as the keys go on.
    await expectGoodScreen(page, address, { walk: !address.includes("runs=100000") });
  });
}

for (const view of ["graph", "list", "table"]) {
  test(`the steps of a run as a ${view} can be used by everybody`, async ({ page }) => {
    const said = await open(page, `?fake=full${run(101)}`);
    await page.getByTestId(`view-${view}`).check();
    await noBarrier(page);
    await page.setViewportSize({ width: 960, height: 640 });
    await page.emulateMedia({ colorScheme: "dark" });
    await expectNoBarrier(new AxeBuilder({ page }).withRules(["color-contrast"]));
    expect(said).toEqual([]);
  });
}

test("a step is chosen in the waterfall with the keyboard, and its log and link follow", async ({ page }) => {
  await open(page, `?fake=full${run(101)}`);
  await page.locator("[data-step=lint]").focus();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByTestId("step-detail")).toContainText("Unit tests with pytest");
  await expect(page.getByTestId("log-step")).toHaveValue("unit-test");
  expect(new URL(page.url()).hash).toContain("step=unit-test");
});

test("the graph is walked with arrow keys and is one stop for Tab", async ({ page }) => {
  await open(page, `?fake=full${run(101)}`);
  await page.getByTestId("view-graph").check();
  const graph = page.getByTestId("graph");
  await expect(graph.locator('button[tabindex="0"]')).toHaveCount(1);
  await graph.locator("[data-step=version]").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await expect(page.getByTestId("step-detail")).toBeVisible();
});

test("the picture of a plan stays where it is when the plan becomes a run", async ({ page }) => {
  await open(page, "?fake=live#/app/guestbook/plan?env=local");
  const picture = page.getByTestId("traffic").locator("svg[role=img]");
  const before = await picture.boundingBox();
  await page.getByTestId("plan-confirm").click();
  await expect(page.getByTestId("run-status")).toBeVisible();
  const after = await picture.boundingBox();
  expect(after).toEqual(before);
});

test("a run's traffic can be scrubbed from before to afterwards, and lost requests are told", async ({
  page,
}) => {
  await open(page, `?fake=full${run(109)}`);
  const traffic = page.getByTestId("traffic");
  await expect(traffic).toHaveAttribute("data-stage", "after");
  await expect(page.getByTestId("traffic-counts")).toContainText("lost");
  await traffic.getByTestId("traffic-moment").focus();
  await page.keyboard.press("Home");
  await expect(traffic).toHaveAttribute("data-stage", "before");
  const stages = new Set<string | null>();
  for (let i = 0; i < 14; i += 1) {
    await page.keyboard.press("ArrowRight");
    stages.add(await traffic.getAttribute("data-stage"));
  }
  expect([...stages]).toEqual(expect.arrayContaining(["hold", "stop", "start", "check", "switch", "after"]));
});

test("stopping a run says what is taken back and what stays", async ({ page }) => {
  await open(page, `?fake=full${run(103)}`);
  await page.getByTestId("run-cancel").click();
  const dialog = page.getByTestId("stop-dialog");
  await expect(dialog).toContainText("Traffic goes back to 1.4.0");
  await expect(dialog).toContainText("seatrial/guestbook:1.5.0");
  await noBarrier(page);
});

test("a run is compared with the last good one", async ({ page }) => {
  await open(page, `?fake=full${run(103)}`);
  await page.getByTestId("compare").click();
  await expect(page.getByRole("heading", { level: 1, name: "Compare runs" })).toBeVisible();
  await expect(page.getByTestId("compare-steps")).toContainText("Build the image");
  await expect(page.getByTestId("compare-differences")).toContainText("LOG_LEVEL");
});

test("a link to a line of a log marks that line", async ({ page }) => {
  await open(page, `?fake=full&lines=1000000${run(101)}?line=654321`);
  const marked = page.locator(".line.marked");
  await expect(marked).toHaveAttribute("data-line", "654321");
  await expect(marked).toBeInViewport();
  await expect(page.getByTestId("log-marked")).toHaveText("line 654,321");
});

test("the first error of a failed run is found in its step, and is said to be that", async ({ page }) => {
  await open(page, `?fake=full${run(102)}`);
  await page.getByRole("button", { name: "First error" }).click();
  await expect(page.getByTestId("log-step")).toHaveValue("health");
  await expect(page.getByTestId("log-note")).toContainText("KeyError: 'REDIS_URL'");
  await expect(page.locator(".line.marked")).toContainText("KeyError");
});

test("only lines that were found are shown, with the lines around them", async ({ page }) => {
  await open(page, `?fake=full${run(101)}`);
  await page.getByTestId("log-search").fill("listening");
  await expect(page.getByTestId("log-hits")).toContainText("1 of 33");
  await page.getByRole("button", { name: "Only found lines" }).click();
  await expect.poll(() => page.locator(".line").first().getAttribute("data-line")).toBe("8");
  await expect(page.locator(".line .text").nth(2)).toContainText("listening");
});

test("a search in a million lines shows its first hit at once and goes on", async ({ page }) => {
  await open(page, `?fake=full&lines=1000000${run(101)}`);
  await expect(page.getByTestId("log-total")).toHaveText("1,000,000 lines");
  await page.getByTestId("log-search").fill("keyerror");
  await expect(page.getByTestId("log-hits")).toContainText("1 of 83,333");
  await page.keyboard.press("Shift+Enter");
  await expect(page.locator(".line.current")).toHaveAttribute("data-line", "999,995".replace(",", ""));
});

test("a log is taken along as a file with every line", async ({ page }) => {
  await open(page, `?fake=full&lines=25000${run(101)}`);
  await expect(page.getByTestId("log-total")).toHaveText("25,000 lines");
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  const text = await readFile(await (await saved).path(), "utf8");
  expect(text.trimEnd().split("\n")).toHaveLength(25_000);
  expect(text).not.toContain("\u001b");
});

test("runs are looked for by any text among a hundred thousand, and the address keeps it", async ({
  page,
}) => {
  await open(page, "?fake=full&runs=100000#/runs");
  await expect(page.getByTestId("runs-count")).toContainText("100 runs so far");
  await page.getByTestId("filter-text").fill("0.999.");
  await expect(page.getByTestId("runs-count")).toContainText("100 runs so far");
  await expect(page.getByTestId("runs").locator("tr.run").first()).toContainText("0.999.");
  await page.getByTestId("filter-state").selectOption("failed");
  await expect(page.getByTestId("runs-count")).toContainText("17 runs, newest first");
  expect(page.url()).toContain("text=0.999.");
  await page.reload();
  await expect(page.getByTestId("runs-count")).toContainText("17 runs, newest first");
});

test("older runs come while a person scrolls, and only those in sight are drawn", async ({ page }) => {
  await open(page, "?fake=full&runs=100000#/runs");
  const view = page.getByTestId("runs-view");
  for (const so of ["200", "300", "400"]) {
    await view.evaluate((node) => (node.scrollTop = node.scrollHeight));
    await expect(page.getByTestId("runs-count")).toContainText(`${so} runs so far`);
  }
  expect(await page.locator("tr.run").count()).toBeLessThan(60);
});

test("two runs of the list are compared", async ({ page }) => {
  await open(page, "?fake=full#/runs?app=guestbook");
  const boxes = page.getByTestId("runs").getByRole("checkbox");
  await boxes.nth(2).check();
  await boxes.nth(3).check();
  await page.getByTestId("compare-picked").click();
  await expect(page.getByRole("heading", { level: 1, name: "Compare runs" })).toBeVisible();
});
