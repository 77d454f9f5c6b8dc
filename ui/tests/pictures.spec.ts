import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { open } from "./page";

const ROOT = join(import.meta.dirname, "..");
/** Where the guide's pictures are kept; renewed with `SEATRIAL_WRITE_PICTURES=1`. */
const KEPT = join(ROOT, "public", "guide");
/** Where each run leaves its own. */
const MADE = join(ROOT, "test-results", "pictures");
const run = (n: number) => `#/run/0199c3a0-7c00-7000-8000-${String(n).padStart(12, "0")}`;

const PICTURES: Record<string, string> = {
  fleet: "?fake=full#/",
  app: "?fake=full#/app/guestbook",
  pipeline: "?fake=full#/app/guestbook/pipeline",
  plan: "?fake=full#/app/guestbook/plan?env=local",
  run: `?fake=full${run(101)}`,
};

for (const [name, address] of Object.entries(PICTURES)) {
  test(`the guide's picture of the ${name} can be taken, and one is kept`, async ({ page }) => {
    await open(page, address);
    await page.waitForLoadState("networkidle");
    const write = process.env["SEATRIAL_WRITE_PICTURES"] === "1";
    const folder = write ? KEPT : MADE;
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `${name}.png`) });
    expect(existsSync(join(KEPT, `${name}.png`)), "run again with SEATRIAL_WRITE_PICTURES=1").toBe(true);
  });
}

test("every picture of the guide is shown in it, with words for those who do not see it", async ({
  page,
}) => {
  const shown = new Set<string>();
  await open(page, "?fake=full#/help/window");
  for (const id of ["window", "shipping"]) {
    await page.goto(`/?fake=full#/help/${id}`);
    const pictures = page.getByTestId("guide").locator("img");
    await expect(pictures.first()).toBeVisible();
    for (const picture of await pictures.all()) {
      await expect
        .poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth))
        .toBeGreaterThan(0);
      expect((await picture.getAttribute("alt"))?.length ?? 0).toBeGreaterThan(20);
      shown.add(((await picture.getAttribute("src")) ?? "").replace(/^.*\//, "").replace(".png", ""));
    }
  }
  expect([...shown].sort()).toEqual(Object.keys(PICTURES).sort());
});
