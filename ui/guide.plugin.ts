// The user guide as part of the page: rendered when the page is built, so that it needs neither network nor parser.

import { readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import MarkdownIt from "markdown-it";
import type { Plugin } from "vite";

const NAME = "virtual:guide";
const DOCS = join(import.meta.dirname, "..", "docs");
/** Pages in the order people read them; others follow by name. */
const ORDER = [
  "getting-started",
  "window",
  "shipping",
  "servers",
  "seatrial-toml",
  "secrets",
  "cli",
  "desktop",
  "troubleshooting",
];

/** A page of the guide. */
export interface GuidePage {
  id: string;
  title: string;
  parts: { id: string; title: string }[];
  html: string;
}

/** Files of the guide, by page. */
function files(): Map<string, string> {
  const pages = readdirSync(join(DOCS, "guide"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => file.replace(/\.md$/, ""))
    .sort((a, b) => place(a) - place(b) || a.localeCompare(b));
  return new Map([
    ...pages.map((id): [string, string] => [id, `guide/${id}.md`]),
    ["reference", "reference/seatrial-toml.md"],
  ]);
}

function place(id: string): number {
  const at = ORDER.indexOf(id);
  return at < 0 ? ORDER.length : at;
}

/** All pages of the guide. */
export function guidePages(): GuidePage[] {
  const known = files();
  return [...known].map(([id, file]) => pageOf(id, readFileSync(join(DOCS, file), "utf8"), known));
}

function pageOf(id: string, text: string, known: Map<string, string>): GuidePage {
  // Raw HTML stays off: a page can only say what Markdown says.
  const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });
  const tokens = markdown.parse(text, {});
  const parts: GuidePage["parts"] = [];
  let title = id;
  tokens.forEach((token, i) => {
    if (token.type !== "heading_open") return;
    const heading = plain(tokens[i + 1]?.content ?? "");
    token.attrSet("id", slug(heading));
    token.attrSet("tabindex", "-1");
    if (token.tag === "h1") title = heading;
    if (token.tag === "h2") parts.push({ id: slug(heading), title: heading });
  });
  for (const token of tokens.flatMap((token) => token.children ?? [])) {
    if (token.type === "image") token.attrSet("src", pictureOf(String(token.attrGet("src") ?? "")));
    if (token.type !== "link_open") continue;
    const link = linkOf(id, String(token.attrGet("href") ?? ""), known);
    // What is not shipped with the page is named, but no link.
    if (link === null) token.attrs = [];
    else token.attrSet("href", link);
    if (link?.startsWith("http")) {
      token.attrSet("target", "_blank");
      token.attrSet("rel", "noreferrer");
    }
  }
  return { id, title, parts, html: markdown.renderer.render(tokens, rendering(markdown), {}) };
}

/** What scrolls sideways can be reached by keys. */
function rendering(markdown: InstanceType<typeof MarkdownIt>) {
  const { rules } = markdown.renderer;
  rules.table_open = () => '<div class="scroll" tabindex="0"><table>';
  rules.table_close = () => "</table></div>";
  rules.fence = (tokens, i) =>
    `<pre tabindex="0"><code>${markdown.utils.escapeHtml(tokens[i]?.content ?? "")}</code></pre>`;
  return markdown.options;
}

/** The address of a link inside the page; null: it leads to something that is not part of the guide. */
function linkOf(from: string, link: string, known: Map<string, string>): string | null {
  if (/^https?:/.test(link)) return link;
  const [path = "", part] = link.split("#", 2);
  const here = known.get(from) ?? "";
  const file = path === "" ? here : normalize(join(here, "..", path));
  const page = [...known].find(([, name]) => name === file)?.[0];
  return page === undefined ? null : `#/help/${page}${part ? `/${part}` : ""}`;
}

/** The address of a picture inside the page: what is public there is kept beside the page's sources. */
function pictureOf(link: string): string {
  return link.replace(/^.*\/ui\/public\//, "/");
}

function plain(text: string): string {
  return text.replace(/[`*_]/g, "");
}

/** As a well-known forge makes them, so that links work there too. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

/** Offers the pages as `virtual:guide`. */
export function guide(): Plugin {
  return {
    name: "seatrial-guide",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined;
      for (const file of files().values()) this.addWatchFile(join(DOCS, file));
      return `export const pages = ${JSON.stringify(guidePages())};`;
    },
  };
}
