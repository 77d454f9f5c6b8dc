// What the browser tests of all screens share.

import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";

/** Rules of accessibility that every screen keeps. */
export const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** A link to the demonstration's run of that number. */
export const run = (n: number) => `#/run/0199c3a0-7c00-7000-8000-${String(n).padStart(12, "0")}`;

/** Opens a screen; anything on the console is a failure, above all what the content security policy refuses. */
export async function open(page: Page, address: string): Promise<string[]> {
  const said: string[] = [];
  page.on("console", (message) => message.type() === "error" && said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  await page.goto(`/${address}`);
  await page.getByTestId("ready").waitFor();
  await expect(page.locator("h1")).toBeVisible();
  return said;
}

/** Fails with what stands in the way of people who use a keyboard, a screen reader or large contrast. */
export async function expectNoBarrier(builder: AxeBuilder): Promise<void> {
  const { violations } = await builder.analyze();
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(" | ")}`)).toEqual([]);
}

/** Windows a screen is looked at in: usual, smallest, largest, and a usual one enlarged to 200 %. */
const WINDOWS = {
  "1180x760": { width: 1180, height: 760 },
  "960x640": { width: 960, height: 640 },
  "2560x1440": { width: 2560, height: 1440 },
  "200-percent": { width: 640, height: 400 },
} as const;

/**
 * What every screen has to pass: no barrier in light and dark, nothing cut off in any window, everything reached with
 * the keyboard alone, a quiet console. Its pictures are left in `test-results/screens`.
 */
export async function expectGoodScreen(page: Page, address: string, { walk = true } = {}): Promise<void> {
  const said = await open(page, address);
  await expectNoBarrier(new AxeBuilder({ page }).withTags(RULES));
  if (walk) await expectKeysReachAll(page);
  await expectFits(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectNoBarrier(new AxeBuilder({ page }).withRules(["color-contrast"]));
  await expectFits(page);
  expect(said).toEqual([]);
}

/** In every window nothing of the page has to be scrolled sideways to be seen. */
async function expectFits(page: Page): Promise<void> {
  const scheme = await page.evaluate(() =>
    matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
  );
  const name = test.info().title.replace(/[^a-z0-9]+/gi, "-");
  for (const [window, size] of Object.entries(WINDOWS)) {
    await page.setViewportSize(size);
    const wide = () =>
      page.evaluate(() => {
        const main = document.querySelector("main");
        const root = document.documentElement;
        return main ? Math.max(main.scrollWidth - main.clientWidth, root.scrollWidth - innerWidth) : -1;
      });
    await expect.poll(wide, `sideways in ${window}`).toBe(0);
    await page.screenshot({ path: `test-results/screens/${name}/${scheme}-${window}.png` });
  }
  await page.setViewportSize(WINDOWS["1180x760"]);
}

/** The tab key reaches whatever can be used, shows where it is, and comes out at the end. */
async function expectKeysReachAll(page: Page): Promise<void> {
  await page.evaluate(() => {
    const usable = "a[href], button, input, select, textarea, summary, [tabindex='0']";
    const shown = (node: HTMLElement) => node.checkVisibility({ visibilityProperty: true });
    // Of a group of radio buttons, the keys of the arrows reach the others.
    const single = (node: HTMLElement) =>
      !(node instanceof HTMLInputElement && node.type === "radio" && !node.checked);
    const left = new Set(
      [...document.querySelectorAll<HTMLElement>(usable)].filter(
        (node) => node.tabIndex >= 0 && !node.matches(":disabled") && shown(node) && single(node),
      ),
    );
    const seen: string[] = [];
    let out = false;
    const name = (node: Element) =>
      `${node.tagName} ${node.getAttribute("data-testid") ?? node.textContent.trim().slice(0, 40)}`;
    const rings = (node: Element | null) => {
      const style = node ? getComputedStyle(node) : undefined;
      return style !== undefined && (style.outlineStyle !== "none" || style.boxShadow !== "none");
    };
    document.addEventListener("focusin", (event) => {
      const node = event.target as HTMLElement;
      left.delete(node);
      // An editor shows it inside; what is hidden for the eye shows it on its label.
      const shows = node.shadowRoot !== null || rings(node) || rings(node.closest("label"));
      if (!shows && node.matches(":focus-visible")) seen.push(name(node));
    });
    document.addEventListener("focusout", (event) => (out ||= event.relatedTarget === null));
    Object.assign(globalThis, {
      left: () => [...left].filter(shown).map(name),
      unmarked: () => seen,
      out: () => out,
    });
    (document.activeElement as HTMLElement | null)?.blur();
    out = false;
  });
  const isOut = () => page.evaluate(() => (globalThis as unknown as { out: () => boolean }).out());
  for (let presses = 0; presses < 600 && !(await isOut()); presses += 10)
    for (let press = 0; press < 10; press += 1) await page.keyboard.press("Tab");
  expect(await isOut(), "the keys come out of the page").toBe(true);
  const found = await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    document.querySelector("main")?.scrollTo(0, 0);
    const walk = globalThis as unknown as { left: () => string[]; unmarked: () => string[] };
    return { left: walk.left(), unmarked: walk.unmarked() };
  });
  expect(found).toEqual({ left: [], unmarked: [] });
}
