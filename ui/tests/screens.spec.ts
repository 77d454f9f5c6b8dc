import { expect, test } from "@playwright/test";
import { expectGoodScreen, open, run } from "./page";

const SCREENS: Record<string, string> = {
  welcome: "?fake=empty#/",
  fleet: "?fake=full#/",
  app: "?fake=full#/app/guestbook",
  trust: "?fake=full#/app/notes",
  problems: "?fake=full#/app/shop-api",
  plan: "?fake=full#/app/guestbook/plan?env=local",
  "plan for production": "?fake=full#/app/guestbook/plan?env=prod",
  rollback: "?fake=full#/app/guestbook/plan?env=local&kind=rollback",
  "plan of a stop": "?fake=full#/app/guestbook/plan?env=staging&kind=stop",
  "plan that fails": "?fake=full&fail=run.plan:target_unreachable#/app/guestbook/plan?env=local",
  "running run": `?fake=full${run(103)}`,
  "done run": `?fake=full${run(101)}`,
  "failed run": `?fake=full${run(102)}`,
  "run that needs a person": `?fake=full${run(106)}`,
  history: "?fake=full#/runs?app=guestbook",
  servers: "?fake=full#/servers",
  "server that is new": "?fake=full#/servers?target=ssh%3A%2F%2Fnew1",
  "server without Docker": "?fake=full#/servers?target=ssh%3A%2F%2Fbare1",
  evaluate: "?fake=full#/evaluate",
  maturity: "?fake=full#/maturity",
};

for (const [name, address] of Object.entries(SCREENS)) {
  test(`${name} can be used by everybody and fits every window`, async ({ page }) => {
    await expectGoodScreen(page, address);
  });
}

test("a person ships, follows the run to its proof, and previews the way back", async ({ page }) => {
  await open(page, "?fake=live#/app/guestbook");
  await page.keyboard.press("s");
  await page.getByTestId("plan-confirm").click();
  await expect(page.getByTestId("run-status")).toHaveAttribute("data-status", "running");
  await expect(page.getByTestId("run-status")).toHaveAttribute("data-status", "succeeded", {
    timeout: 20_000,
  });
  await expect(page.getByTestId("run-proof")).toContainText("0 of");
  await expect(page.getByTestId("verdict")).toHaveAttribute("data-verdict", "go");
});

test("going to another place moves the focus to its heading", async ({ page }) => {
  await open(page, "?fake=full#/");
  await page.getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Runs" })).toBeFocused();
});

test("a million lines scroll, and the last one is there", async ({ page }) => {
  await open(page, `?fake=full&lines=1000000${run(101)}`);
  await expect(page.getByTestId("log-total")).toHaveText("1,000,000 lines");
  const view = page.getByTestId("log-view");
  await expect.poll(() => view.locator(".line").last().textContent()).toContain("passed");
  expect(await view.locator(".line").count()).toBeLessThan(120);
  await view.evaluate((node) => (node.scrollTop = 0));
  await expect.poll(() => view.locator(".line").first().textContent()).toContain("$ pytest -q");
});

test("a log is searched and the hits are walked through", async ({ page }) => {
  await open(page, `?fake=full${run(101)}`);
  await expect(page.getByTestId("log-total")).toHaveText("400 lines");
  await page.keyboard.press("/");
  await page.keyboard.type("keyerror");
  await expect(page.getByTestId("log-search")).toHaveValue("keyerror");
  await expect(page.getByTestId("log-hits")).toContainText("1 of 33");
  await expect(page.locator(".current mark").first()).toHaveText("KeyError");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("log-hits")).toContainText("2 of 33");
  await expect(page.getByTestId("log-view").locator(".current mark").first()).toHaveText("KeyError");
});

test("wrapping shows long lines whole", async ({ page }) => {
  await page.setViewportSize({ width: 960, height: 640 });
  await open(page, `?fake=full${run(101)}`);
  await expect(page.getByTestId("log-total")).toHaveText("400 lines");
  const view = page.getByTestId("log-view");
  await page.keyboard.press("w");
  await expect.poll(() => view.evaluate((node) => node.scrollWidth - node.clientWidth)).toBe(0);
  const cut = await view
    .locator(".line")
    .evaluateAll((lines) => lines.filter((line) => line.scrollHeight > line.clientHeight + 1).length);
  expect(cut).toBe(0);
});
