/** The real captures: their rows of the manifest, and what is known of those that tshark refuses. */

import { readFileSync } from "node:fs";
import { LINK_TYPE } from "../oracle/link-frames.ts";

/** What tshark counted in a capture. */
export interface Truth {
  readonly packets: number;
  readonly first_ip_v4: number;
  readonly first_ip_v6: number;
  readonly truncated: number;
  /** Why tshark did not read it: an unknown network type. */
  readonly damage?: string;
}

/** A row of the manifest, as far as it is used. */
export interface ManifestRow {
  /** Path below the data folder. */
  readonly name: string;
  readonly truth: Truth;
}

/** Captures of the manifest at this path. */
export function captureRows(manifest: string): readonly ManifestRow[] {
  // cast: the manifest is ours, and a row of another shape fails the tests.
  const rows = JSON.parse(readFileSync(manifest, "utf8")) as readonly ManifestRow[];
  return rows.filter(({ name }) => name.startsWith("pcap/"));
}

/** Link types whose packets are forwarded. */
export const SERVED_LINK_TYPES: ReadonlySet<number> = new Set(Object.values(LINK_TYPE));
