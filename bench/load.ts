/** How long does it take until a table stands: from columns, or from the text of files? */

import { createForwarder } from "../src/index.ts";
import { emptyEngine, filledEngine, install } from "./bench-engine.ts";
import { tableLabels } from "./fib.ts";
import { fibDetails, SUBJECT } from "./fib-contender.ts";
import type { Entry } from "./harness.ts";
import { type FamilyTable, fileTable, type TableChoice } from "./tables.ts";

/** A turn that does its work once: nanoseconds a prefix. */
async function onePass(prefixes: number, work: () => Promise<void> | void) {
  const start = performance.now();
  await work();
  return [((performance.now() - start) * 1e6) / prefixes];
}

/** Each turn loads the whole table into an engine of its own, which was made before. */
export function loadEntry(table: FamilyTable): Entry {
  const { count } = table.routes;
  return {
    labels: { name: "fib-load", ...tableLabels(table), pattern: "whole table" },
    prefixes: count,
    isEach: true,
    open: async () => ({
      name: SUBJECT,
      details: fibDetails((await filledEngine(table)).engine, table.family),
      turn: async () => {
        const { engine } = await emptyEngine(table);
        return onePass(count, () => install(engine, table));
      },
      digest: async () => "",
      close: async () => {},
    }),
  };
}

/** Each turn reads the files anew and makes a forwarder of them, with both families. */
export async function* filesEntries({ files = [], family }: TableChoice): AsyncGenerator<Entry> {
  if (files.length === 0 || files.includes("-") || family !== undefined) return;
  const load = async () => {
    const { routes } = await fileTable(files);
    return createForwarder({ tables: [routes] });
  };
  const { name, routes } = await fileTable(files);
  const prefixes = routes.count4 + routes.count6;
  yield {
    labels: { name: "fib-load", family: "both", table: name, pattern: "text to FIB" },
    prefixes,
    isEach: true,
    open: async () => {
      const { engine } = await load();
      const [four, six] = [fibDetails(engine, 4), fibDetails(engine, 6)];
      return {
        name: SUBJECT,
        details: { ...four, memoryBytes: four.memoryBytes + six.memoryBytes },
        turn: () => onePass(prefixes, async () => void (await load())),
        digest: async () => "",
        close: async () => {},
      };
    },
  };
}
