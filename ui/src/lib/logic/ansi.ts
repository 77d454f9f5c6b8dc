// Colours of terminal output as spans of text. The result is data: the page puts it into text cells, so nothing a
// program prints can become markup.

/** How a piece of a line looks. */
export interface Look {
  /** Colour of the 16, or null for the default. */
  ink: number | null;
  /** Background of the 16, or null. */
  paper: number | null;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
}

/** A piece of a line with one look. */
export interface Span {
  text: string;
  look: Look;
}

const PLAIN: Look = { ink: null, paper: null, bold: false, dim: false, italic: false, underline: false };

const SEQUENCE = /\u001b\[([0-9;:]*)([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[@-Z\\-_]/g;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** Splits a line into spans; sequences other than colours are dropped. */
export function parseAnsi(line: string): Span[] {
  const spans: Span[] = [];
  let look = PLAIN;
  let reversed = false;
  let end = 0;
  const push = (text: string) => {
    const clean = text.replace(CONTROL, "");
    if (clean === "") return;
    spans.push({ text: clean, look: reversed ? { ...look, ink: look.paper, paper: look.ink ?? 7 } : look });
  };
  for (const match of line.matchAll(SEQUENCE)) {
    push(line.slice(end, match.index));
    end = match.index + match[0].length;
    if (match[2] !== "m") continue;
    [look, reversed] = change(look, reversed, (match[1] ?? "").split(/[;:]/).map(Number));
  }
  push(line.slice(end));
  return spans;
}

/** The text without sequences: what is searched and copied. */
export function plainText(line: string): string {
  return line.replace(SEQUENCE, "").replace(CONTROL, "");
}

function change(look: Look, reversed: boolean, codes: number[]): [Look, boolean] {
  let next = { ...look };
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i] ?? 0;
    if (code === 0) {
      next = { ...PLAIN };
      reversed = false;
    } else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 3) next.italic = true;
    else if (code === 4) next.underline = true;
    else if (code === 7) reversed = true;
    else if (code === 22) next.bold = next.dim = false;
    else if (code === 23) next.italic = false;
    else if (code === 24) next.underline = false;
    else if (code === 27) reversed = false;
    else if (code >= 30 && code <= 37) next.ink = code - 30;
    else if (code === 39) next.ink = null;
    else if (code >= 40 && code <= 47) next.paper = code - 40;
    else if (code === 49) next.paper = null;
    else if (code >= 90 && code <= 97) next.ink = code - 90 + 8;
    else if (code >= 100 && code <= 107) next.paper = code - 100 + 8;
    else if (code === 38 || code === 48) {
      const [colour, used] = extended(codes.slice(i + 1));
      i += used;
      if (code === 38) next.ink = colour;
      else next.paper = colour;
    }
  }
  return [next, reversed];
}

/** A colour of 256 or 16 million as the nearest of the 16 this page can show legibly, and how many codes it used. */
function extended(codes: number[]): [number | null, number] {
  if (codes[0] === 5) return [fromIndex(codes[1] ?? 0), 2];
  if (codes[0] === 2) return [fromRgb(codes[1] ?? 0, codes[2] ?? 0, codes[3] ?? 0), 4];
  return [null, 1];
}

function fromIndex(index: number): number {
  if (index < 16) return index;
  if (index >= 232) {
    const grey = (index - 232) * 10 + 8;
    return fromRgb(grey, grey, grey);
  }
  const cube = index - 16;
  const level = (value: number) => (value === 0 ? 0 : value * 40 + 55);
  return fromRgb(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function fromRgb(red: number, green: number, blue: number): number {
  const high = Math.max(red, green, blue);
  const low = Math.min(red, green, blue);
  if (high - low < 40) return high < 64 ? 0 : high < 128 ? 8 : high < 224 ? 7 : 15;
  const middle = (high + low) / 2;
  const bits = (red > middle ? 1 : 0) | (green > middle ? 2 : 0) | (blue > middle ? 4 : 0);
  return bits + (high > 192 ? 8 : 0);
}

/** A span, and whether it is what was searched for. */
export interface MarkedSpan extends Span {
  hit: boolean;
}

/** Splits spans where a text occurs, over the borders of colours. */
export function markHits(spans: Span[], needle: string): MarkedSpan[] {
  const text = spans.map((span) => span.text).join("");
  const places = occurrences(text.toLowerCase(), needle.toLowerCase());
  const marked: MarkedSpan[] = [];
  let at = 0;
  for (const span of spans) {
    const end = at + span.text.length;
    const cuts = places.flatMap(([from, to]) => [from, to]).filter((cut) => cut > at && cut < end);
    for (const cut of [...cuts, end]) {
      const hit = places.some(([from, to]) => at >= from && at < to);
      marked.push({ look: span.look, text: text.slice(at, cut), hit });
      at = cut;
    }
  }
  return marked;
}

function occurrences(text: string, needle: string): [number, number][] {
  const found: [number, number][] = [];
  if (needle === "") return found;
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
    found.push([at, at + needle.length]);
  }
  return found;
}
