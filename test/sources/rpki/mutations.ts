/** What caches send and files of VRPs hold, with some bytes changed. */

import { expect } from "vitest";
import { AnyfibError } from "../../../src/net/errors.ts";
import { VrpChanges, VrpTable } from "../../../src/rib/origin-validation.ts";
import { readVrpFile } from "../../../src/sources/rpki/vrp-file.ts";
import { mutated } from "../../oracle/mutations.ts";
import { seededRandom } from "../../oracle/random.ts";
import { chunksOf } from "../read-table.ts";
import { endOfData, errorPdu, joined, notify, prefixPdu, response, routerKey } from "./cache.ts";
import { Rig } from "./rig.ts";

/** Feeds sessions changed bytes in pieces: each ends or waits, and its table stays sound. */
export function expectSessionsSound(seed: number, count: number): void {
  const random = seededRandom(seed);
  const whole = joined(
    response(7),
    prefixPdu("+10.0.0.0/8-8 1"),
    routerKey(),
    prefixPdu("+2001:db8::/32-48 2"),
    endOfData(7, 1),
    notify(7, 2),
    response(7),
    prefixPdu("-10.0.0.0/8-8 1"),
    errorPdu(3, "text"),
  );
  for (let done = 0; done < count; done++) {
    const bytes = mutated(whole, random);
    const rig = new Rig();
    rig.open();
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + random.below(40);
      const sent = rig.get(bytes.subarray(at, end));
      at = end;
      if (!sent.includes("close")) continue;
      expect(rig.session.closed()).toBeGreaterThanOrEqual(0);
      rig.open();
    }
    expect(rig.session.table.count4 + rig.session.table.count6).toBeLessThanOrEqual(8);
    for (const warning of rig.warnings) expect(warning).toMatch(/^[\x20-\x7e]{1,500}$/);
  }
}

const FILES = [
  '{"metadata":{"a":[1,"]"]},"roas":[{"asn":"AS1","prefix":"10.0.0.0/8","maxLength":16},\n' +
    '{"asn":2,"prefix":"2001:db8::/32","maxLength":48,"expires":99}],' +
    '"aspas":[{"customer":"AS1","providers":["AS2"]}]}',
  '[{"asn":64500,"prefix":"10.0.0.0/8","maxLength":"16"}]',
  "ASN,IP Prefix,Max Length,Trust Anchor,Expires\n" +
    "AS1,10.0.0.0/8,16,a,99\nAS2,2001:db8::/32,48,a,9\n",
];

/** Reads changed files: each is read, or refused with line and column. */
export async function expectFilesRead(seed: number, count: number): Promise<void> {
  const random = seededRandom(seed);
  const samples = FILES.map((text) => new TextEncoder().encode(text));
  for (let done = 0; done < count; done++) {
    const bytes = mutated(samples[done % samples.length] ?? new Uint8Array(1), random);
    const changes = new VrpChanges();
    try {
      await readVrpFile(chunksOf(bytes, 1 + random.below(90)), {
        name: "vrps",
        changes,
        onDamaged: ({ line, what }) => {
          expect(line).toBeLessThan(12);
          expect(what).toMatch(/^[\x20-\x7e…]{1,200}$/);
        },
      });
    } catch (error) {
      if (!(error instanceof AnyfibError)) throw error;
      expect(error.message).toMatch(/^vrps:\d+:\d+: [\x20-\x7e]{1,300}$/);
    }
    new VrpTable().apply(changes);
  }
}
