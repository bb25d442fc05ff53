/** A filter over batches: compiled once for each link type, and packets that do not match leave. */

import type { Batch } from "../../engine/batch.ts";
import { compileFilter } from "./match.ts";
import type { FilterNode } from "./node.ts";
import { parseFilter } from "./syntax.ts";

type Matches = ReturnType<typeof compileFilter>;

/** An expression of tcpdump's language, its common part. */
export class Filter {
  readonly #node: FilterNode;
  readonly #byLinkType = new Map<number, Matches>();

  /** Throws USAGE for what is no such expression. */
  constructor(expression: string) {
    this.#node = parseFilter(expression);
  }

  /** Takes the packets that do not match out of a batch, before it is processed. */
  apply(batch: Batch): void {
    const frame = { bytes: batch.bytes, start: 0, length: 0 };
    batch.keep((packet) => {
      frame.start = batch.offsets[packet] ?? 0;
      frame.length = batch.lengths[packet] ?? 0;
      return this.#matches(batch.linkTypes[packet] ?? 0)?.(frame) ?? false;
    });
  }

  #matches(linkType: number): Matches {
    if (this.#byLinkType.has(linkType)) return this.#byLinkType.get(linkType);
    const matches = compileFilter(this.#node, linkType);
    this.#byLinkType.set(linkType, matches);
    return matches;
  }
}
