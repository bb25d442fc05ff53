/** The configuration's schema as JSON Schema, for editors and other tools. */

import { toJsonSchema } from "@valibot/to-json-schema";

/**
 * The text of docs/config.schema.json.
 * @param {Parameters<typeof toJsonSchema>[0]} schema of src/router/config.ts
 * @returns {string}
 */
export function configSchemaText(schema) {
  const { $schema, ...rest } = toJsonSchema(schema, { typeMode: "input" });
  return `${JSON.stringify({ $schema, title: "anyfib configuration", ...rest }, null, 2)}\n`;
}
