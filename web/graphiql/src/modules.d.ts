/** What the packages declare no types for. */

declare module "monaco-graphql/esm/monaco-editor.js";
