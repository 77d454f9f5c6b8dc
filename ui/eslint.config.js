import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const onlyInBackend = {
  patterns: [
    {
      group: ["@tauri-apps/*", "@tauri-apps/**"],
      message: "Only lib/backend knows the desktop shell. Call the backend instead.",
    },
  ],
};

export default ts.config(
  { ignores: ["dist", "dist-demo", "node_modules", "test-results", "src/lib/api/generated.ts"] },
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node, __DEMO__: "readonly" } },
    rules: {
      "no-restricted-imports": ["error", onlyInBackend],
      "no-console": ["error", { allow: ["error"] }],
      eqeqeq: "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig },
    },
    rules: {
      // Text of programs and people goes into the page as text, never as markup.
      "svelte/no-at-html-tags": "error",
      // Links are hashes of this page.
      "svelte/no-navigation-without-resolve": "off",
      "svelte/button-has-type": "error",
      // What the page shows is in $state; these collections are bookkeeping nobody draws.
      "svelte/prefer-svelte-reactivity": "off",
    },
  },
  { files: ["src/lib/backend/**"], rules: { "no-restricted-imports": "off" } },
  { files: ["scripts/**"], rules: { "no-console": "off" } },
);
