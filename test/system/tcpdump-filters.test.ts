/** Filter expressions, as tcpdump counts what they match. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { openCaptureSource } from "../../src/io/capture.ts";
import { openBytes } from "../../src/node/open.ts";
import { compileFilter } from "../../src/replay/filter/match.ts";
import { parseFilter } from "../../src/replay/filter/syntax.ts";
import { dataPath, NO_DATA } from "../data.ts";
import { createTestEngine } from "../engine/test-engine.ts";
import { seededRandom } from "../oracle/random.ts";
import { missingTools } from "./tools.ts";

const SEED = 20_250_711;
const EXPRESSIONS = 300;
/** Ethernet with and without tags, ARP, tunnels, fragments, cut packets, raw and cooked links. */
const FILES = [
  "dnscap-vlan11.pcap",
  "zeek-q-in-q.pcap",
  "pcpp-ip6_fragments.pcap",
  "pcpp-raw_ip.pcap",
  "pcpp-sll2.pcap",
  "zeek-icmp6-toobig.pcap",
];
const PRIMITIVES = [
  ...["ip", "ip6", "arp", "rarp", "tcp", "udp", "sctp", "icmp", "icmp6", "igmp", "esp", "ah"],
  ...["port 53", "port 80", "tcp port 443", "udp port 53", "src port 53", "dst port 80"],
  ...["src or dst port 53", "src and dst port 53", "portrange 1-1023", "udp portrange 5000-6000"],
  ...["tcp src portrange 1-100", "host 10.0.0.1", "host 192.168.1.1", "src host 10.0.0.2"],
  ...["net 10.0.0.0/8", "net 192.168", "net 172.16.0.0/12", "net 10.0.0.0 mask 255.0.0.0"],
  ...["src net 192.168.0.0/16", "dst net 224.0.0.0/4", "ip net 10", "arp net 10.0.0.0/8"],
  ...["ip6 net 2001::/16", "net fe80::/10", "src net 2001:db8::/32", "ip proto 47", "proto 17"],
  ...["ip6 proto 58", "ip host 10.0.0.5", "ip proto 1", "src net 0.0.0.0/0"],
];
const TAGGED = ["vlan", "vlan 11", "vlan 100", "vlan and vlan"];

const { below } = seededRandom(SEED);

function oneOf(texts: readonly string[]): string {
  return texts[below(texts.length)] ?? "";
}

/** Primitives alone, then two or three of them joined. */
function expressions(withTags: boolean): readonly string[] {
  const all = withTags ? [...PRIMITIVES, ...TAGGED] : PRIMITIVES;
  const joint = (): string => (below(2) === 0 ? "and" : "or");
  const term = (): string => (below(3) === 0 ? `not ${oneOf(all)}` : oneOf(all));
  const made = Array.from({ length: EXPRESSIONS - all.length }, () => {
    const pair = `${term()} ${joint()} ${term()}`;
    if (below(2) === 0) return pair;
    return below(2) === 0 ? `(${pair}) ${joint()} ${term()}` : `${term()} ${joint()} not (${pair})`;
  });
  return [...all, ...made];
}

const folder = mkdtempSync(path.join(tmpdir(), "anyfib-filters-"));
afterAll(() => rmSync(folder, { recursive: true }));

const why = missingTools("tcpdump") ?? (dataPath("pcap") === undefined ? NO_DATA : undefined);

describe.skipIf(why !== undefined)(`filters as tcpdump's (${why ?? "real captures"})`, () => {
  test.each(FILES)("count in %s what tcpdump counts", async (name) => {
    const file = plainFile(dataPath("pcap", name) ?? "");
    const frames = await framesOf(file);
    const isEthernet = frames[0]?.linkType === 1;
    const differ: string[] = [];
    for (const expression of expressions(isEthernet)) {
      const theirs = countOf(file, expression);
      const tree = parseFilter(expression);
      const ours = frames.filter(({ bytes, linkType }) =>
        compileFilter(tree, linkType)?.({ bytes, start: 0, length: bytes.length }),
      ).length;
      if (ours !== theirs) differ.push(`${expression}: ours ${ours}, tcpdump ${theirs}`);
    }
    expect(differ).toEqual([]);
  });
});

/** tcpdump reads no compressed captures. */
function plainFile(file: string): string {
  if (!file.endsWith(".gz")) return file;
  const plain = path.join(folder, path.basename(file, ".gz"));
  writeFileSync(plain, gunzipSync(readFileSync(file)));
  return plain;
}

function countOf(file: string, expression: string): number {
  const { stdout, stderr } = spawnSync("tcpdump", ["-r", file, "--count", expression], {
    encoding: "utf8",
  });
  // Its optimizer saw that nothing can match, and made that an error.
  if (stderr.includes("expression rejects all packets")) return 0;
  return Number(/^(\d+) packet/m.exec(stdout)?.[1]);
}

async function framesOf(file: string) {
  const engine = await createTestEngine("release", { limits: { frameBytes: 2 ** 21 } });
  const frames: { readonly bytes: Uint8Array; readonly linkType: number }[] = [];
  await using capture = await openCaptureSource(await openBytes(file), engine);
  const { batch } = engine;
  while ((await capture.next()) > 0) {
    for (let packet = 0; packet < batch.count; packet++) {
      const start = batch.offsets[packet] ?? 0;
      const bytes = batch.bytes.slice(start, start + (batch.lengths[packet] ?? 0));
      frames.push({ bytes, linkType: batch.linkTypes[packet] ?? 0 });
    }
  }
  return frames;
}
