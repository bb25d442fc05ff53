/** The samples are what their script makes, name reserved addresses, and show what they should. */

import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../scripts/project.js";
import { sampleFiles } from "../../scripts/samples/files.js";
import { oddities } from "../../scripts/samples/oddities.js";
import { openCaptureSource } from "../../src/io/capture.ts";
import { PcapngWriter } from "../../src/io/pcapng-writer.ts";
import { parseEvent } from "../../src/replay/event.ts";
import { generateTable } from "../../src/replay/generate-table.ts";
import { Random } from "../../src/replay/random.ts";
import { replay } from "../../src/replay/replay.ts";
import { type NextHopRow, type ReplayReport, replayReport } from "../../src/replay/report.ts";
import { Simulation } from "../../src/replay/simulation.ts";
import { type VerdictRow, verdictRow } from "../../src/replay/verdicts.ts";
import { RouteTable } from "../../src/rib/route-table.ts";
import { parseConfig } from "../../src/router/config.ts";
import { addConfigRoutes } from "../../src/router/config-table.ts";
import { Forwarder } from "../../src/router/forwarder.ts";
import { readTextTable } from "../../src/sources/text.ts";
import { byteSource } from "../io/read-capture.ts";
import { moduleBytes } from "../setup/modules.ts";

const NAMES = ["sites.yaml", "table.txt", "capture.pcapng"] as const;

/** Documentation, RFC 1918, ULA and benchmark addresses. */
const RESERVED = new RegExp(
  "^(192[.]0[.]2|198[.]51[.]100|203[.]0[.]113|198[.]1[89])[.]|" +
    "^(10|172[.](1[6-9]|2\\d|3[01])|192[.]168)[.]|^(2001:db8:|f[cd])",
);
/** What some of the packets that are dropped need. */
const SPECIAL = /^(0\.0\.0\.0|224\.0\.0\.251|255\.255\.255\.255|::|ff02::fb)$/;

const read = (name: string): Uint8Array => readFileSync(path.join(ROOT, "samples", name));

async function* chunk(name: string): AsyncGenerator<Uint8Array> {
  yield read(name);
}

/** The table file, and with sites the configuration too. */
async function sampleForwarder(withSites: boolean): Promise<Forwarder> {
  const table = new RouteTable();
  await readTextTable(chunk("table.txt"), { name: "table.txt", table, nextHops: {} });
  if (withSites) {
    const text = new TextDecoder().decode(read("sites.yaml"));
    addConfigRoutes(table, parseConfig(text, "sites.yaml"));
  }
  return Forwarder.create({ tables: [table], module: moduleBytes("release") });
}

interface Replayed {
  readonly report: ReplayReport;
  readonly rows: readonly VerdictRow[];
  readonly simulation: Simulation;
}

async function replaySample(forwarder: Forwarder): Promise<Replayed> {
  const simulation = new Simulation(forwarder);
  const rows: VerdictRow[] = [];
  await using capture = await openCaptureSource(byteSource(read(NAMES[2])), forwarder.engine);
  const { times, failure } = await replay(forwarder, capture, {
    observers: [
      simulation,
      {
        observe(batch) {
          forwarder.engine.prefixLengths();
          for (let packet = 0; packet < batch.count; packet++) {
            rows.push(verdictRow(forwarder, batch, packet));
          }
        },
      },
    ],
  });
  expect(failure).toBeUndefined();
  return { report: replayReport(forwarder, capture.info, times), rows, simulation };
}

describe("samples", () => {
  it("are what scripts/make-samples.js makes", async () => {
    const made = await sampleFiles({ Random, generateTable, PcapngWriter });
    expect([...made.keys()].sort()).toEqual([...NAMES].sort());
    for (const [name, bytes] of made) {
      expect(Buffer.compare(read(name), bytes), `${name} differs`).toBe(0);
    }
  });

  it("name reserved addresses alone", () => {
    const text = NAMES.slice(0, 2)
      .map((name) => new TextDecoder().decode(read(name)))
      .join("\n");
    const addresses = text.match(/\d+\.\d+\.\d+\.\d+|[0-9a-f]+:[0-9a-f:]*:[0-9a-f:]*/g) ?? [];
    expect(addresses.length).toBeGreaterThan(2000);
    expect(addresses.filter((address) => !RESERVED.test(address))).toEqual([]);
  });
});

describe("the sample capture over the sample sites", () => {
  let forwarder: Forwarder;
  let replayed: Replayed;
  beforeAll(async () => {
    forwarder = await sampleForwarder(true);
    replayed = await replaySample(forwarder);
  });

  const siteRows = ({ report }: Replayed): readonly NextHopRow[] =>
    report.next_hops.filter(({ site }) => site !== undefined);

  it("holds some thousand packets of all kinds, from and to reserved addresses", () => {
    const { report, rows } = replayed;
    expect(report.received).toBe(rows.length);
    expect(report.received).toBeGreaterThan(4000);
    expect(report.families.ipv4).toBeGreaterThan(2000);
    expect(report.families.ipv6).toBeGreaterThan(1000);
    const addresses = new Set(rows.flatMap(({ src, dst }) => [src, dst]));
    addresses.delete(null);
    expect([...addresses].filter((a) => !RESERVED.test(`${a}`) && !SPECIAL.test(`${a}`))).toEqual(
      [],
    );
  });

  it("is dropped and punted for the reasons that its comments give, and no others", () => {
    const expected = new Map<string, number>();
    for (const { comment } of oddities(new Random(1))) {
      const [reason = ""] = comment.split(":");
      expected.set(reason, (expected.get(reason) ?? 0) + 1);
    }
    const { drops, punted, forwarded, received } = replayed.report;
    expect({ ...drops, punt: punted }).toEqual(Object.fromEntries(expected));
    expect(forwarded).toBe(received - [...expected.values()].reduce((sum, n) => sum + n, 0));
  });

  it("gives every anycast prefix hundreds of flows, and ordinary routes some", () => {
    const flows = new Map<string, Set<string>>();
    for (const { prefix, src, dst, proto, sport, verdict } of replayed.rows) {
      if (verdict !== "forward" || prefix === null) continue;
      const known = flows.get(prefix) ?? new Set();
      flows.set(prefix, known.add(`${src} ${sport} ${dst} ${proto}`));
    }
    const anycast = ["198.51.100.0/24", "203.0.113.0/24", "2001:db8:a::/48", "2001:db8:b::/48"];
    for (const prefix of anycast) expect(flows.get(prefix)?.size, prefix).toBeGreaterThan(150);
    expect(flows.size).toBeGreaterThan(50);
  });

  it("is shared by the near sites by weight; the far ones wait", () => {
    const flows = new Map(siteRows(replayed).map((row) => [row.site, row.flows]));
    expect([...flows.keys()]).toEqual(["lon", "ams", "fra", "par", "nyc", "sin"]);
    const total = [...flows.values()].reduce((sum, count) => sum + count, 0);
    // Four standard deviations of a draw of 1,300 flows.
    for (const [site, weight] of [
      ["lon", 1],
      ["ams", 1],
      ["fra", 2],
      ["par", 1],
    ] as const) {
      expect(Math.abs((flows.get(site) ?? 0) / total - weight / 5)).toBeLessThan(0.05);
    }
    expect([flows.get("nyc"), flows.get("sin")]).toEqual([0, 0]);
  });

  it("moves the flows of a site that goes down alone; then the next tier serves", async () => {
    const before = siteRows(replayed).find(({ site }) => site === "lon")?.flows;
    const outcome = replayed.simulation.happen(parseEvent("0:down:lon"), 0);
    expect(outcome).toMatchObject({ flowsMoved: before, flowsMovedNeedlessly: 0 });

    for (const site of ["ams", "fra", "par"]) forwarder.transaction().down(site).commit();
    forwarder.resetCounters();
    const far = siteRows(await replaySample(forwarder));
    expect(far.filter(({ packets }) => packets > 0).map(({ site }) => site)).toEqual([
      "nyc",
      "sin",
    ]);
  });
});

it("the sample capture has routes in the sample table alone", async () => {
  const { report } = await replaySample(await sampleForwarder(false));
  expect(report.forwarded / report.received).toBeGreaterThan(0.99);
});
