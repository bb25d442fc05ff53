/** Whatever the bytes: routes, or one AnyfibError on one printable line, and the same in pieces. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnyfibError } from "../../src/net/errors.ts";
import { IP_ROUTE_4, IP_ROUTE_4_JSON, IP_ROUTE_6, IP_ROUTE_6_JSON } from "./ip-route-samples.ts";
import { DEFAULTS, readTable } from "./read-table.ts";

const SEED = 9_040;

const PLAIN = `# a table\r\n10.0.0.1/8\r\n\r\n10.1.0.0/16 192.0.2.1*2,192.0.2.2 # two
10.2.0.0/16 2001:db8::1\n2001:db8::/32\tfe80::1%eth0*65535
2001:db8:1::192.0.2.1\n::/0 fe80::1%eth0`;

/** Outcome of a reading, as text. */
async function outcome(bytes: Uint8Array, chunkBytes: number): Promise<string> {
  try {
    const { rows, warnings, warningCount } = await readTable(bytes, DEFAULTS, chunkBytes);
    return JSON.stringify([rows, warnings, warningCount]);
  } catch (error) {
    if (!(error instanceof AnyfibError)) throw error;
    expect(error.message).toMatch(/^[\x20-\x7e…]{1,400}$/);
    return error.message;
  }
}

async function expectSteady(bytes: Uint8Array, chunkBytes: number): Promise<void> {
  expect(await outcome(bytes, chunkBytes)).toBe(await outcome(bytes, bytes.length + 1));
}

describe("truncation at every byte", () => {
  it.each([
    ["a plain table", PLAIN],
    ["ip route", IP_ROUTE_4],
    ["ip -6 route", IP_ROUTE_6],
    ["ip -j route", IP_ROUTE_4_JSON],
    ["ip -6 -j route", IP_ROUTE_6_JSON],
  ])("of %s", async (_name, text) => {
    const bytes = new TextEncoder().encode(text);
    for (let end = 0; end <= bytes.length; end++) {
      await expectSteady(bytes.subarray(0, end), 1 + (end % 61));
    }
  });
});

describe("fuzz", () => {
  const samples = [PLAIN, IP_ROUTE_4, IP_ROUTE_6, IP_ROUTE_4_JSON, IP_ROUTE_6_JSON];
  const encoded = samples.map((text) => new TextEncoder().encode(text));
  const chunkBytes = fc.integer({ min: 1, max: 100 });

  it("of bytes", async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), chunkBytes, expectSteady), {
      seed: SEED,
      numRuns: 1000,
    });
  });

  it("of the characters that tables consist of", async () => {
    const unit = fc.constantFrom(
      ...'0123456789abcdef:./ \n\t\r,*%#[]{}"\\',
      "via ",
      "dev ",
      "nexthop ",
    );
    const bytes = fc.string({ unit, maxLength: 80 }).map((text) => new TextEncoder().encode(text));
    await fc.assert(fc.asyncProperty(bytes, chunkBytes, expectSteady), {
      seed: SEED,
      numRuns: 3000,
    });
  });

  it("of good tables with some bytes changed", async () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const broken = fc.tuple(fc.constantFrom(...encoded), changes).map(([sample, list]) => {
      const bytes = sample.slice();
      for (const [at, byte] of list) bytes[at % bytes.length] = byte;
      return bytes;
    });
    await fc.assert(fc.asyncProperty(broken, chunkBytes, expectSteady), {
      seed: SEED,
      numRuns: 1500,
    });
  });
});
