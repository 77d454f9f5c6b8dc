// Writes the TypeScript types of the command table.
//
//   node ui/scripts/generate-types.mjs SCHEMA.json OUT.ts
//
// SCHEMA.json is what the example `export_schema` of `seatrial-app` prints. The same input gives the same bytes.

import { readFile, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";
import prettier from "prettier";

const [input, output] = process.argv.slice(2);
if (!input || !output) {
  console.error("usage: node generate-types.mjs SCHEMA.json OUT.ts");
  process.exit(2);
}

const document = JSON.parse(await readFile(input, "utf8"));
const types = await typesOf(document.$defs);
const options = await prettier.resolveConfig(new URL("../package.json", import.meta.url));
const text = [
  "// Generated from the command table by `cargo xtask codegen`. Do not edit.",
  "/* eslint-disable */",
  types,
  codesOf(document.codes),
  commandsOf(document.commands),
].join("\n\n");
await writeFile(output, await prettier.format(text, { ...options, parser: "typescript" }));

async function typesOf(definitions) {
  const names = Object.keys(definitions).sort();
  const root = {
    title: "Everything",
    type: "object",
    additionalProperties: false,
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, { $ref: `#/definitions/${name}` }])),
    definitions: Object.fromEntries(names.map((name) => [name, adapt(definitions[name])])),
  };
  const text = await compile(root, "Everything", {
    additionalProperties: false,
    bannerComment: "",
    format: false,
    ignoreMinAndMaxItems: false,
  });
  // The root only makes every definition reachable.
  return text.replace(/export interface Everything \{[\s\S]*?\n\}\n/, "").trim();
}

// The compiler reads draft 4: pointers, tuples and described references look different there.
function adapt(schema) {
  if (Array.isArray(schema)) return schema.map(adapt);
  if (schema === null || typeof schema !== "object") return schema;
  const { $ref, prefixItems, ...rest } = schema;
  const out = Object.fromEntries(
    Object.entries(rest)
      .filter(([key]) => !["default", "format", "minimum", "maximum"].includes(key))
      .map(([key, value]) => [key, adapt(value)]),
  );
  if (prefixItems) Object.assign(out, { items: adapt(prefixItems), additionalItems: false });
  if (!$ref) return out;
  const reference = { $ref: $ref.replace("#/$defs/", "#/definitions/") };
  // A sibling of a reference would make the compiler copy the type under a second name.
  return Object.keys(out).length === 0 ? reference : { ...out, allOf: [reference] };
}

function codesOf(codes) {
  const list = codes.map(({ code }) => JSON.stringify(code)).join(", ");
  return `/** Every error code. */\nexport const CODES = [${list}] as const satisfies readonly Code[];`;
}

function commandsOf(commands) {
  const names = Object.keys(commands).sort();
  const entries = names.map((name) => {
    const { about, params, answer } = commands[name];
    return `/** ${about} */\n${JSON.stringify(name)}: { params: ${typeName(params)}; answer: ${typeName(answer)} };`;
  });
  const access = names.map((name) => `${JSON.stringify(name)}: ${JSON.stringify(commands[name].access)}`);
  return [
    `/** The command table. */\nexport interface Commands {\n${entries.join("\n")}\n}`,
    "/** The name of a command. */\nexport type CommandName = keyof Commands;",
    `/** Whether a command only reads, or changes something. */\nexport const ACCESS = {\n${access.join(",\n")},\n} as const satisfies Record<CommandName, "read" | "change">;`,
  ].join("\n\n");
}

function typeName(schema) {
  if (schema.$ref) return schema.$ref.replace("#/$defs/", "");
  if (schema.type === "array") return `${typeName(schema.items)}[]`;
  throw new Error(`a command uses a schema this generator does not know: ${JSON.stringify(schema)}`);
}
