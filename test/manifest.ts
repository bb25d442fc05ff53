/** The real captures and what is known of each: tshark's and tcpdump's counts. */

import { readFileSync } from "node:fs";
import { dataPath } from "./data.ts";
import { LINK_TYPE } from "./oracle/link-frames.ts";

/** What a capture holds. */
export interface CaptureTruth {
  readonly packets: number;
  /** Packets whose captured length is below their original one. */
  readonly truncated: number;
  /** Packets whose outermost IP header is of a family. */
  readonly first_ip_v4: number;
  readonly first_ip_v6: number;
  /** Packets that are a fragment, at any depth. */
  readonly fragments: number;
  readonly format?: string;
  /** Why tshark refuses the file. */
  readonly damage?: string;
}

/** A capture of the manifest. */
export interface RealCapture {
  readonly name: string;
  readonly path: string;
  readonly truth: CaptureTruth;
}

/** Link types whose packets are parsed: the others are counted and dropped. */
export const SERVED_LINK_TYPES: ReadonlySet<number> = new Set(Object.values(LINK_TYPE));

/** Files of a network type that tshark refuses: what `tcpdump --count` prints for them. */
export const UNKNOWN_NETWORK: ReadonlyMap<string, number> = new Map([
  ["pcap/tcpdump/brcm-tag.pcap", 23],
  ["pcap/tcpdump/dsa-high-vid.pcap", 4],
  ["pcap/tcpdump/edsa-high-vid.pcap", 4],
  ["pcap/tcpdump/edsa.pcap", 10],
  ["pcap/tcpdump/hoobr_juniper3.pcap", 1],
  ["pcap/tcpdump/juniper_monitor_invalid_cookie_length.pcap", 1],
  ["pcap/tcpdump/kday6.pcap", 1],
  ["pcap/tcpdump/vtp_asan-3.pcap", 1],
  ["pcap/tcpdump/vtp_asan.pcap", 5],
]);

/** All captures of the manifest; undefined where the real data is absent. */
export function realCaptures(): readonly RealCapture[] | undefined {
  const manifest = dataPath("MANIFEST.json");
  if (manifest === undefined) return undefined;
  // cast: the manifest is ours, and a row of another shape fails where it is used.
  const rows = JSON.parse(readFileSync(manifest, "utf8")) as readonly Omit<RealCapture, "path">[];
  return rows
    .filter(({ name }) => name.startsWith("pcap/"))
    .map((row) => ({ ...row, path: dataPath(row.name) ?? row.name }));
}
