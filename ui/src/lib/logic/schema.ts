// What can stand at a place of seatrial.toml, read from its JSON Schema: for completion and explanations.

/** As much of JSON Schema as the generated schema uses. */
export interface SchemaNode {
  $ref?: string;
  $defs?: Record<string, SchemaNode>;
  description?: string;
  default?: unknown;
  type?: string;
  const?: unknown;
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  allOf?: SchemaNode[];
  anyOf?: SchemaNode[];
  oneOf?: SchemaNode[];
  required?: string[];
}

/** Where a cursor is. */
export interface TomlPlace {
  /** A table's header, the key of an entry, or its value. */
  kind: "header" | "key" | "value";
  /** Keys from the file's root to the table or value. */
  path: string[];
  /** What is typed already of the word at the cursor. */
  typed: string;
}

/** Something that can stand at a place. */
export interface Offer {
  word: string;
  /** What to insert. */
  insert: string;
  about: string;
  /** "text, without it: 10m". */
  detail: string;
}

const WORD = /[A-Za-z0-9_-]*$/;

/** Where the end of `before` is: the text from its beginning to a cursor. */
export function placeOf(before: string): TomlPlace {
  const lines = before.split("\n");
  const line = lines.at(-1) ?? "";
  const typed = WORD.exec(line)?.[0] ?? "";
  const header = /^\s*\[([^\]#]*)$/.exec(line);
  if (header) return { kind: "header", path: parts(header[1] ?? "").slice(0, -1), typed };
  const table = tableAbove(lines.slice(0, -1));
  const entry = /^\s*([A-Za-z0-9_.-]+)\s*=(.*)$/.exec(line);
  if (!entry) {
    const dotted = parts(/[A-Za-z0-9_.-]*$/.exec(line)?.[0] ?? "");
    return { kind: "key", path: [...table, ...dotted.slice(0, -1)], typed };
  }
  return inValue([...table, ...parts(entry[1] ?? "")], entry[2] ?? "", typed);
}

/** In a value: of the entry, or of an inline table within it. */
function inValue(path: string[], value: string, typed: string): TomlPlace {
  const opened: string[][] = [];
  let key: string[] = [];
  let word = "";
  let quoted = false;
  for (const char of value) {
    if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === "{") {
      opened.push(key);
      key = [];
      word = "";
    } else if (char === "}") {
      key = opened.pop() ?? [];
    } else if (char === "=") {
      key = parts(word.trim());
      word = "";
    } else if (char === "," && opened.length > 0) {
      key = [];
      word = "";
    } else word += char;
  }
  const inside = [...path, ...opened.slice(1).flat()];
  if (opened.length === 0) return { kind: "value", path, typed };
  return key.length === 0
    ? { kind: "key", path: inside, typed }
    : { kind: "value", path: [...inside, ...key], typed };
}

function tableAbove(lines: readonly string[]): string[] {
  for (let i = lines.length - 1; i >= 0; i -= 1) {
    const header = /^\s*\[\[?([^\]#]+)\]\]?\s*(#.*)?$/.exec(lines[i] ?? "");
    if (header) return parts(header[1] ?? "");
  }
  return [];
}

const parts = (dotted: string) => dotted.split(".").map((part) => part.trim().replace(/^"|"$/g, ""));

/** Every form a node can have, references followed. */
export function forms(root: SchemaNode, node: SchemaNode): SchemaNode[] {
  if (node.$ref) {
    const named = root.$defs?.[node.$ref.replace("#/$defs/", "")];
    return named ? forms(root, named).map((form) => ({ ...form, description: described(node, form) })) : [];
  }
  const several = [...(node.allOf ?? []), ...(node.anyOf ?? [])];
  if (several.length === 0) return [node];
  return several
    .flatMap((form) => forms(root, form))
    .map((form) => ({ ...form, description: described(node, form) }));
}

const described = (outer: SchemaNode, inner: SchemaNode) => outer.description ?? inner.description ?? "";

/** What may stand at a path; empty: nothing is known. */
export function nodesAt(root: SchemaNode, path: readonly string[]): SchemaNode[] {
  let nodes = forms(root, root);
  for (const key of path)
    nodes = nodes.flatMap((node) => {
      // The entries of a list have the keys of its items.
      const tables = node.items ? forms(root, node.items) : [node];
      return tables.flatMap((table) => {
        const known = table.properties?.[key];
        if (known) return forms(root, known);
        const other = table.additionalProperties;
        return typeof other === "object" ? forms(root, other) : [];
      });
    });
  return nodes;
}

/** What can be written at a place. */
export function offersAt(root: SchemaNode, place: TomlPlace): Offer[] {
  const nodes = nodesAt(root, place.path);
  if (place.kind === "value") return valueOffers(nodes);
  const tables = nodes.flatMap((node) => (node.items ? forms(root, node.items) : [node]));
  const offers = tables.flatMap((table) =>
    Object.entries(table.properties ?? {}).map(([word, node]) => offer(root, word, node, place.kind)),
  );
  const wanted = place.kind === "header" ? offers.filter((o) => o.table) : offers;
  return wanted.map(({ word, insert, about, detail }) => ({ word, insert, about, detail }));
}

function offer(root: SchemaNode, word: string, node: SchemaNode, kind: TomlPlace["kind"]) {
  const all = forms(root, node);
  const table = all.some((form) => form.properties ?? typeof form.additionalProperties === "object");
  const about = node.description ?? all[0]?.description ?? "";
  return { word, insert: kind === "header" ? word : `${word} = `, about, detail: detailOf(node, all), table };
}

/** What is known of a key, for an explanation. */
export function explain(root: SchemaNode, path: readonly string[]): Offer | null {
  const word = path.at(-1);
  const nodes = word === undefined ? [] : nodesAt(root, path);
  const first = nodes[0];
  if (word === undefined || !first) return null;
  const whole = nodesAt(root, path.slice(0, -1))
    .map((table) => table.properties?.[word])
    .find((node) => node !== undefined);
  const about = whole?.description ?? first.description ?? "";
  return { word, insert: word, about, detail: detailOf(whole ?? first, nodes) };
}

const TYPES: Record<string, string> = {
  string: "text",
  integer: "number",
  boolean: "true or false",
  array: "list",
  object: "table",
};

function detailOf(node: SchemaNode, all: readonly SchemaNode[]): string {
  const types = [...new Set(all.map((form) => (form.oneOf ? "word" : (TYPES[form.type ?? ""] ?? "value"))))];
  const usual = node.default ?? all.find((form) => form.default !== undefined)?.default;
  return `${types.join(" or ")}${usual === undefined ? "" : ` · default ${JSON.stringify(usual)}`}`;
}

function valueOffers(nodes: readonly SchemaNode[]): Offer[] {
  return nodes.flatMap((node) => {
    const words = (node.oneOf ?? []).filter((option) => typeof option.const === "string");
    if (words.length > 0)
      return words.map((option) => literal(String(option.const), option.description ?? ""));
    if (node.type === "boolean") return [plain("true"), plain("false")];
    if (node.default !== undefined) return [{ ...plain(JSON.stringify(node.default)), detail: "default" }];
    return [];
  });
}

const literal = (word: string, about: string): Offer => ({ word, insert: `"${word}"`, about, detail: "" });
const plain = (word: string): Offer => ({ word, insert: word, about: "", detail: "" });
