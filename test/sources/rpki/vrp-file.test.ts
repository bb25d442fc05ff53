/** Files of VRPs in every form: what is taken, what is told of, what ends the reading. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AnyfibError } from "../../../src/net/errors.ts";
import { formatPrefix } from "../../../src/net/prefix.ts";
import { VrpChanges, VrpTable } from "../../../src/rib/origin-validation.ts";
import { readVrpFile, type VrpCounts } from "../../../src/sources/rpki/vrp-file.ts";
import { dataPath, NO_DATA } from "../../data.ts";
import { prefixOf } from "../../rib/vrps.ts";
import { chunksOf } from "../read-table.ts";
import { expectFilesRead } from "./mutations.ts";

interface Read extends VrpCounts {
  readonly damagedEntries: readonly string[];
  readonly aspaLines: readonly string[];
  readonly table: VrpTable;
  readonly failure: string;
}

async function read(text: string | Uint8Array, now?: number, chunkBytes = 7): Promise<Read> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const changes = new VrpChanges();
  const damagedEntries: string[] = [];
  const aspaLines: string[] = [];
  let counts: VrpCounts = { vrps: 0, aspas: 0, expired: 0, damaged: 0 };
  let failure = "";
  try {
    counts = await readVrpFile(chunksOf(bytes, chunkBytes), {
      name: "vrps",
      changes,
      ...(now === undefined ? {} : { now }),
      takeAspa: ({ customer, providers }) => aspaLines.push(`${customer}: ${providers.join()}`),
      onDamaged: ({ line, what }) => damagedEntries.push(`${line}: ${what}`),
    });
  } catch (error) {
    if (!(error instanceof AnyfibError)) throw error;
    failure = error.message;
  }
  const table = new VrpTable();
  table.apply(changes);
  return { ...counts, damagedEntries, aspaLines, table, failure };
}

function linesOf(table: VrpTable, prefix: string): readonly string[] {
  return table
    .covering(prefixOf(prefix))
    .map((vrp) => `${formatPrefix(vrp.prefix)}-${vrp.maxLength} AS${vrp.as}`);
}

describe("samples of the field", () => {
  const sample = (name: string): Uint8Array | undefined => {
    const file = dataPath("rpki", name);
    return file === undefined ? undefined : readFileSync(file);
  };

  it.each([
    ["routinator-111.csv", { vrps: 2, aspas: 0, damaged: 0 }, [1, 0]],
    ["routinator-111.json", { vrps: 2, aspas: 2, damaged: 0 }, [1, 0]],
    ["routinator-111.jsonext", { vrps: 2, aspas: 2, damaged: 0 }, [1, 0]],
    ["rtrtr-vrps.rpki-client.json", { vrps: 2, aspas: 0, damaged: 0 }, [1, 1]],
    ["stayrtr-test.rpki.json", { vrps: 19, aspas: 4, damaged: 0 }, [5, 14]],
    ["BGPalerter-vrp.correct.json", { vrps: 3, aspas: 0, damaged: 0 }, [3, 0]],
    ["BGPalerter-vrp.wrong.json", { vrps: 1, aspas: 0, damaged: 1 }, [1, 0]],
  ])("are read: %s", async (name, counts, distinct) => {
    const bytes = sample(name);
    if (bytes === undefined) return;
    const { table, ...found } = await read(bytes);
    expect(found).toMatchObject({ ...counts, failure: "" });
    expect([table.count4, table.count6]).toEqual(distinct);
  });

  it.each(["routinator-full.json", "stayrtr-test.slurm.json"])("%s has none", async (name) => {
    const bytes = sample(name);
    if (bytes === undefined) return;
    expect((await read(bytes)).failure).toContain("vrps:1:1: there are no VRPs: it has no array");
  });

  it("are here", ({ skip }) => {
    if (sample("routinator-111.csv") === undefined) return skip(NO_DATA);
  });
});

describe("forms", () => {
  it.each([
    ["csv", "ASN,IP Prefix,Max Length,Trust Anchor\nAS64500,10.0.0.0/8,16,ripe\n"],
    ["csvcompat", '"ASN","IP Prefix","Max Length","Trust Anchor"\r\n"64500","10.0.0.0/8","16","x"'],
    [
      "csvext",
      "URI,ASN,IP Prefix,Max Length,Not Before,Not After\n" +
        "rsync://a,AS64500,10.0.0.0/8,16,2020-01-01 00:00:00,2030-01-01 00:00:00\n",
    ],
    ["rpki-client", "ASN,IP Prefix,Max Length,Trust Anchor,Expires\nAS64500,10.0.0.0/8,16,a,99\n"],
    ["json", '{"roas":[{"asn":"AS64500","prefix":"10.0.0.0/8","maxLength":16,"ta":"a"}]}'],
    ["an array", '[{"asn":64500,"prefix":"10.0.0.0/8","maxLength":"16"}]'],
    [
      "json behind others",
      '{"a":[{"x":[]}],"roas":[\n{"asn":64500,"prefix":"10.0.0.0/8","maxLength":16}]}',
    ],
  ])("%s", async (_, text) => {
    for (const chunkBytes of [1, 5, 4096]) {
      const { table, failure, damagedEntries } = await read(text, undefined, chunkBytes);
      expect([failure, damagedEntries]).toEqual(["", []]);
      expect(linesOf(table, "10.1.0.0/16")).toEqual(["10.0.0.0/8-16 AS64500"]);
    }
  });

  it("leaves out what has ended, where the time is given", async () => {
    const source = (end: string) => [
      { validity: { notAfter: end } },
      { validity: { notAfter: "2001-01-01T00:00:00Z" } },
    ];
    const roas = [
      { asn: 1, prefix: "10.0.0.0/8", expires: 999 },
      { asn: 2, prefix: "10.0.0.0/8", expires: 1001 },
      { asn: 3, prefix: "10.0.0.0/8", source: source("1970-01-01T00:00:00Z") },
      { asn: 4, prefix: "10.0.0.0/8" },
    ];
    expect(await read(JSON.stringify({ roas }), 1000)).toMatchObject({ vrps: 3, expired: 1 });
    expect(await read(JSON.stringify({ roas }), 2 ** 31)).toMatchObject({ vrps: 1, expired: 3 });
    expect(await read(JSON.stringify({ roas }))).toMatchObject({ vrps: 4, expired: 0 });
  });

  it("ASPAs of routinator and rpki-client, old and new", async () => {
    const aspas = [
      { customer: "AS64500", providers: ["AS1", "AS2"] },
      { customer_asid: 64501, providers: [3], expires: 999 },
      { customer_asid: 64502, provider_asids: [4], expires: 1001 },
      { customer_asid: 64503, providers: { ipv4: ["5"], ipv6: [6] } },
    ];
    const old = { ipv4: [{ customer_asid: 64504, providers: [7] }], ipv6: [] };
    const text = JSON.stringify({ provider_authorizations: old, aspas });
    const lines = ["64504: 7", "64500: 1,2", "64501: 3", "64502: 4", "64503: 5,6"];
    expect((await read(text)).aspaLines).toEqual(lines);
    const later = await read(text, 1000);
    expect(later).toMatchObject({ aspas: 4, expired: 1, failure: "" });
    expect(later.aspaLines).toEqual(lines.filter((line) => line !== "64501: 3"));
  });

  it.each([
    ['{"customer":"AS1","providers":["x"]}', '"x" is no AS number'],
    ['{"customer":"AS1","providers":[-1]}', '"-1" is no AS number'],
    ['{"customer":"ASx","providers":[1]}', '"ASx" is no AS number'],
    ['{"customer":0,"providers":[1]}', "AS0 is nobody's, and no customer"],
    ['{"providers":[1]}', "nothing is no AS number"],
    ['{"customer":1}', "the providers of AS1 are no list of at most 16384"],
    ['{"customer":1,"providers":null}', "the providers of AS1 are no list of at most 16384"],
    ['{"customer":1,"providers":{}}', "the providers of AS1 are no list of at most 16384"],
    ['{"customer":1,"providers":{"ipv4":1}}', "the providers of AS1 are no list of at most 16384"],
    ['{"customer":1,"providers":"AS2"}', "the providers of AS1 are no list of at most 16384"],
  ])("a damaged ASPA is passed over with its line: %s", async (aspa, what) => {
    const good = '{"customer":"AS64500","providers":[]}';
    const found = await read(`{"roas":[],"aspas":[\n${good},\n${aspa}\n]}`);
    expect(found.aspaLines).toEqual(["64500: "]);
    expect(found).toMatchObject({ damagedEntries: [`3: ${what}`], damaged: 1, failure: "" });
  });
});

describe("damaged entries are passed over with their line", () => {
  it.each([
    ['{"asn":"AS4294967296","prefix":"10.0.0.0/8"}', '"AS4294967296" is no AS number'],
    ['{"prefix":"10.0.0.0/8"}', "nothing is no AS number"],
    ['{"asn":1,"prefix":"10.0.0.0/33"}', '"10.0.0.0/33" is no prefix'],
    ['{"asn":1,"prefix":"10.0.0.0"}', '"10.0.0.0" is no prefix'],
    ['{"asn":1,"prefix":"10.0.0.1/8"}', "10.0.0.1/8 has bits set behind its length"],
    ['{"asn":1,"prefix":"10.0.0.0/8","maxLength":7}', '"7" is no greatest length of 10.0.0.0/8'],
    ['{"asn":1,"prefix":"10.0.0.0/8","maxLength":33}', '"33" is no greatest length of 10.0.0.0/8'],
    ['{"asn":1,"prefix":"10.0.0.0/8","maxLength":8.5}', '"8.5" is no greatest length of'],
    ['{"asn":1,,"prefix":"10.0.0.0/8"}', "this is no JSON object"],
  ])("%s", async (entry, what) => {
    const good = '{"asn":1,"prefix":"192.0.2.0/24","maxLength":24}';
    const found = await read(`{"roas":[\n${good},\n${entry},\n${good}\n]}`);
    expect(found).toMatchObject({ vrps: 2, damaged: 1 });
    expect(found.damagedEntries[0]).toContain(`3: ${what}`);
  });

  it("in CSV too", async () => {
    const found = await read("ASN,IP Prefix,Max Length\nAS1,10.0.0.0/8,8\nAS1,10.0.0.0/8,99\n,,\n");
    expect(found).toMatchObject({ vrps: 1, damaged: 2 });
    expect(found.damagedEntries[0]).toMatch(/^3: "99" is no greatest length/);
  });
});

describe("the reading ends", () => {
  it.each([
    ["", "vrps:1:1: the file is empty"],
    ["10.0.0.0/8 192.0.2.1\n", "vrps:1:1: this is no file of VRPs"],
    ['{"roas":[{"asn":1,"prefix":"10.0.0.0/8"}]} x', 'vrps:1:44: "x" is not expected here'],
    ['{"roas":[}', 'vrps:1:10: "}" is not expected here'],
    ["{}{}", "vrps:1:3: there is more than one JSON document"],
    ["{}", "vrps:1:1: there are no VRPs"],
    ["[".repeat(40), "vrps:1:33: JSON of more than 32 levels"],
  ])("%j", async (text, message) => {
    expect((await read(text)).failure).toContain(message);
  });

  it("where the text is cut, whatever stands there, with what came before", async () => {
    const one = '{"asn":1,"prefix":"10.0.0.0/8","maxLength":8}';
    const whole = `{"metadata":{"a":[1,"]"]},"roas":[${one},${one}]}`;
    for (let cut = 1; cut < whole.length; cut++) {
      const { failure, table } = await read(whole.slice(0, cut));
      expect(failure).toMatch(/^vrps:1:\d+: the JSON text is cut off; /);
      expect(table.count4).toBe(cut >= whole.indexOf(one) + one.length ? 1 : 0);
    }
  });
});

describe("hostile bytes", () => {
  it("500 mutations are read or refused with their place", async () => {
    await expectFilesRead(6811, 500);
  });
});
