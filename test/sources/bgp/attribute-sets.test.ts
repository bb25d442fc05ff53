/** Sets of attributes: numbered by their bytes, each kept once. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SET_FORGOTTEN } from "../../../src/sources/bgp/attribute-sets.ts";
import { AttributeSets } from "../../../src/sources/mrt.ts";

describe("AttributeSets", () => {
  it("gives equal bytes one number, in the order of their coming", () => {
    const sets = new AttributeSets();
    const [a, b, none] = [Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0), new Uint8Array(0)];
    expect([a, b, a, none, b, none].map((bytes) => sets.intern(bytes, 4))).toEqual([
      0, 1, 0, 2, 1, 2,
    ]);
    expect(sets.count).toBe(3);
    expect([0, 1, 2].map((set) => sets.bytesOf(set))).toEqual([a, b, none]);
  });

  it("is a map by bytes, whatever comes, and keeps copies", () => {
    const property = (list: readonly Uint8Array[]) => {
      const sets = new AttributeSets();
      const model = new Map<string, number>();
      for (const bytes of list) {
        const key = bytes.join();
        const known = model.get(key) ?? model.size;
        model.set(key, known);
        expect(sets.intern(bytes, 4)).toBe(known);
        bytes.fill(0);
      }
      for (const [key, set] of model) expect(sets.bytesOf(set).join()).toBe(key);
    };
    const list = fc.array(fc.uint8Array({ maxLength: 3, max: 3 }), { maxLength: 200 });
    fc.assert(fc.property(list, property), { seed: 1, numRuns: 200 });
  });

  it("grows with the sets and their bytes", () => {
    const sets = new AttributeSets();
    const bytes = (set: number) => new Uint8Array(Uint32Array.of(set, 7, set).buffer);
    for (let set = 0; set < 5000; set++) expect(sets.intern(bytes(set), 4)).toBe(set);
    for (let set = 0; set < 5000; set++) expect(sets.intern(bytes(set), 4)).toBe(set);
    expect(sets.bytesOf(1234)).toEqual(bytes(1234));
  });

  it("forgets what is not kept, and numbers the rest anew", () => {
    const property = (list: readonly Uint8Array[], kept: readonly boolean[]) => {
      const sets = new AttributeSets();
      const texts = list.map((bytes) => [sets.intern(bytes, bytes.length % 2 ? 2 : 4), bytes]);
      const before = new Map(texts.map(([set, bytes]) => [Number(set), String(bytes)]));
      const numbers = sets.keep((set) => kept[set] === true);
      const left = [...before].filter(([set]) => kept[set]);
      expect(sets.count).toBe(left.length);
      for (const [place, [set, text]] of left.entries()) {
        expect(numbers[set]).toBe(place);
        expect(sets.bytesOf(place).join()).toBe(text);
        expect(sets.asBytesOf(place)).toBe(sets.bytesOf(place).length % 2 ? 2 : 4);
      }
      for (const set of before.keys()) if (!kept[set]) expect(numbers[set]).toBe(SET_FORGOTTEN);
      for (const bytes of list) sets.intern(bytes, bytes.length % 2 ? 2 : 4);
      expect(sets.count).toBe(before.size);
    };
    const list = fc.array(fc.uint8Array({ maxLength: 3, max: 3 }), { maxLength: 60 });
    const kept = fc.array(fc.boolean(), { minLength: 60, maxLength: 60 });
    fc.assert(fc.property(list, kept, property), { seed: 1, numRuns: 200 });
  });

  it("stops at its limit", () => {
    const sets = new AttributeSets(10);
    sets.intern(new Uint8Array(8), 4);
    expect(() => sets.intern(new Uint8Array(3), 4)).toThrow("take more than 10 bytes");
    expect(sets.intern(new Uint8Array(2), 4)).toBe(1);
  });
});
