/** Keys: derived as RFC 5869 says, apart by use and by tier, and told nowhere. */

import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checkKeyChange, deriveKeys, parseMaster, zeroMaster } from "../../src/router/keys.ts";

const MASTER = Uint8Array.from({ length: 16 }, (_, index) => index);

/** HKDF-SHA-256 from its definition. */
function hkdf(master: Uint8Array, info: string, bytes: number): Uint8Array {
  const secret = createHmac("sha256", "anyfib").update(master).digest();
  let block = Buffer.alloc(0);
  let out = Buffer.alloc(0);
  for (let counter = 1; out.length < bytes; counter++) {
    const message = Buffer.concat([block, Buffer.from(info), Buffer.from([counter])]);
    block = createHmac("sha256", secret).update(message).digest();
    out = Buffer.concat([out, block]);
  }
  return Uint8Array.from(out.subarray(0, bytes));
}

describe("deriveKeys", () => {
  it.each([16, 20, 32, 64])("is HKDF with a label for each use, of %i bytes", async (length) => {
    const master = Uint8Array.from({ length }, (_, index) => 255 - index);
    for (const tier of ["", "edge-1"]) {
      const keys = await deriveKeys(master, tier);
      expect(keys.flow).toEqual(hkdf(master, `flow hash\0${tier}`, 16));
      expect(keys.score).toEqual(hkdf(master, `slot score\0${tier}`, 16));
      expect(keys.multilinear).toEqual(hkdf(master, `multilinear\0${tier}`, 96));
      expect(keys.toeplitz).toEqual(hkdf(master, `toeplitz\0${tier}`, 40));
      expect(keys.id).toBe(Buffer.from(hkdf(master, "key id", 4)).toString("hex"));
    }
  });

  it("gives tiers other keys, and one id", async () => {
    const [one, two] = await Promise.all([deriveKeys(MASTER, "1"), deriveKeys(MASTER, "2")]);
    expect(one.flow).not.toEqual(two.flow);
    expect(one.score).not.toEqual(two.score);
    expect(one.id).toBe(two.id);
  });

  it.each([0, 15, 65])("refuses %i bytes", async (length) => {
    const error = deriveKeys(new Uint8Array(length));
    await expect(error).rejects.toMatchObject({ code: "USAGE", detail: { bytes: length } });
  });

  it.each([" ", "a/b", "ü", "x".repeat(64)])("refuses the tier %j", async (tier) => {
    await expect(deriveKeys(MASTER, tier)).rejects.toMatchObject({ code: "USAGE" });
  });
});

it("parseMaster takes 32 to 128 digits", () => {
  expect(parseMaster("00".repeat(16))).toEqual(zeroMaster());
  expect(parseMaster("Af".repeat(64))).toEqual(new Uint8Array(64).fill(0xaf));
  for (const text of ["", "00".repeat(15), "00".repeat(65), "0".repeat(33), "x".repeat(32)]) {
    expect(parseMaster(text)).toBeUndefined();
  }
});

describe("checkKeyChange", () => {
  it("takes the same key, and one whose former key is in force", () => {
    expect(() => checkKeyChange("a", "a", undefined)).not.toThrow();
    expect(() => checkKeyChange("a", "b", "a")).not.toThrow();
  });

  it.each([undefined, "c", "b"])("refuses another one, the former being %s", (former) => {
    expect(() => checkKeyChange("a", "b", former)).toThrow("would move every flow");
  });
});
