/** A forwarder over a generated table. */

import { createForwarder, type Forwarder, RouteTable } from "../src/index.ts";
import { type GenerateTableOptions, generateTable } from "../src/replay/generate-table.ts";
import { readTextTable } from "../src/sources/text.ts";

/** A forwarder, and its table as results name it. */
export interface GeneratedForwarder {
  readonly forwarder: Forwarder;
  readonly routes: RouteTable;
  readonly table: string;
}

async function* chunksOf(lines: Iterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const chunk of lines) yield encoder.encode(chunk);
}

/** Generates a table and installs it. */
export async function generatedForwarder(
  options: Required<Pick<GenerateTableOptions, "routes" | "routes6">>,
): Promise<GeneratedForwarder> {
  const routes = new RouteTable();
  const chunks = chunksOf(generateTable(options));
  await readTextTable(chunks, { name: "generated", table: routes, nextHops: {} });
  return {
    forwarder: await createForwarder({ tables: [routes] }),
    routes,
    table: `generated, ${options.routes} IPv4 and ${options.routes6} IPv6 routes`,
  };
}
