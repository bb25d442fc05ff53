/** Ethernet addresses are read in both common forms and printed in one. */

import { describe, expect, it } from "vitest";
import { formatMac, parseMac } from "../../src/net/mac.ts";

describe("parseMac", () => {
  it.each(["02:00:5e:00:53:ff", "02-00-5E-00-53-FF"])("reads %s", (text) => {
    const mac = parseMac(text);
    expect(mac).toEqual([2, 0, 0x5e, 0, 0x53, 0xff]);
    expect(mac && formatMac(mac)).toBe("02:00:5e:00:53:ff");
  });

  it.each([
    "",
    "02:00:5e:00:53",
    "02:00:5e:00:53:ff:00",
    "02:00-5e:00:53:ff",
    "2:0:5e:0:53:ff",
    "02005e0053ff",
    "02:00:5e:00:53:fg",
    " 02:00:5e:00:53:ff",
  ])("refuses %j", (text) => {
    expect(parseMac(text)).toBeUndefined();
  });
});
