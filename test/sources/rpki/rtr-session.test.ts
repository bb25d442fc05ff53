/** The RTR session: queries, responses cut anywhere, faults, versions, times. */

import { describe, expect, it } from "vitest";
import { prefixOf } from "../../rib/vrps.ts";
import {
  cacheReset,
  endOfData,
  endOfData0,
  errorPdu,
  joined,
  notify,
  pdu,
  prefixPdu,
  response,
  routerKey,
} from "./cache.ts";
import { expectSessionsSound } from "./mutations.ts";
import { Rig } from "./rig.ts";

describe("a session", () => {
  it("asks for everything, and takes it at the end of data", () => {
    const rig = new Rig();
    expect(rig.open()).toEqual(["v1 reset"]);
    expect(rig.get(response(7), routerKey(), prefixPdu("+10.0.0.0/8-16 1"))).toEqual([]);
    expect(rig.session.table.count4).toBe(0);
    expect(rig.get(endOfData(7, 5))).toEqual([]);
    expect(rig.session.table.validate(prefixOf("10.1.0.0/16"), 1)).toBe("valid");
    expect([rig.session.serial, rig.changes, rig.warnings]).toEqual([5, ["+"], []]);
  });

  it("is the same however its bytes are cut", () => {
    const bytes = joined(
      notify(7, 1),
      response(7),
      prefixPdu("+10.0.0.0/8-8 1"),
      prefixPdu("+2001:db8::/32-48 2"),
      endOfData(7, 1),
    );
    for (let cut = 0; cut <= bytes.length; cut++) {
      const rig = new Rig();
      rig.open();
      rig.get(bytes.subarray(0, cut));
      expect(rig.changes.length).toBe(cut === bytes.length ? 1 : 0);
      rig.get(bytes.subarray(cut));
      expect([rig.changes, rig.warnings]).toEqual([["++"], []]);
    }
  });

  it("follows a notification with what changed since", () => {
    const rig = Rig.ready();
    expect(rig.get(notify(7, 1))).toEqual([]);
    expect(rig.get(notify(7, 2))).toEqual(["v1 serial 7 1"]);
    const changes = [prefixPdu("-10.0.0.0/8-8 1"), prefixPdu("+11.0.0.0/8-8 1")];
    expect(rig.get(response(7), ...changes, endOfData(7, 2))).toEqual([]);
    expect(rig.changes).toEqual(["++", "-+"]);
    expect(rig.session.table.validate(prefixOf("10.0.0.0/8"), 1)).toBe("not-found");
  });

  it("asks for everything after a cache reset, and keeps what it knows until that is here", () => {
    const rig = Rig.ready();
    rig.get(notify(7, 9));
    expect(rig.get(cacheReset())).toEqual(["v1 reset"]);
    expect(rig.session.table.count4).toBe(1);
    rig.get(response(8), prefixPdu("+2001:db8::/32-48 2"), prefixPdu("+10.0.0.0/8-9 1"));
    rig.get(endOfData(8, 1));
    // One VRP is gone, one is new, and one was there before: nobody hears of that.
    expect(rig.changes).toEqual(["++", "-+"]);
  });

  it("notices another session by its notification", () => {
    const rig = Rig.ready();
    expect(rig.get(notify(8, 1))).toEqual(["v1 reset"]);
    rig.get(response(8), endOfData(8, 1));
    expect(rig.changes).toEqual(["++", "--"]);
  });

  it("drops everything where a serial query is answered from another session", () => {
    const rig = Rig.ready();
    rig.get(notify(7, 2));
    expect(rig.get(response(8))).toEqual(["v1 error 0", "close"]);
    expect(rig.changes).toEqual(["++", "--"]);
    expect(rig.open()).toEqual(["v1 reset"]);
  });

  it("asks again with its serial when the connection comes back", () => {
    const rig = Rig.ready();
    expect(rig.session.closed()).toBe(1);
    expect(rig.session.closed()).toBe(2);
    expect(rig.open()).toEqual(["v1 serial 7 1"]);
    expect(rig.session.table.count4).toBe(1);
  });
});

describe("a cache that reports an error to a serial query", () => {
  it("is asked for everything, at once and once", () => {
    const rig = Rig.ready();
    rig.get(notify(7, 2));
    expect(rig.get(errorPdu(0, "another session\0"))).toEqual(["close"]);
    expect(rig.warnings).toEqual(["the cache reports error 0: another session"]);
    expect(rig.session.closed()).toBe(0);
    expect(rig.open()).toEqual(["v1 reset"]);
    expect(rig.get(errorPdu(0, "and again"))).toEqual(["close"]);
    expect(rig.session.closed()).toBe(1);
    expect(rig.session.closed()).toBe(2);
    expect(rig.changes).toEqual(["++"]);
  });

  it("is, too, where the connection closes before the error is there", () => {
    const rig = Rig.ready();
    expect(rig.session.closed()).toBe(1);
    expect(rig.open()).toEqual(["v1 serial 7 1"]);
    expect(rig.session.closed()).toBe(0);
    expect(rig.open()).toEqual(["v1 reset"]);
    expect(rig.session.closed()).toBe(1);
    expect([rig.changes, rig.warnings]).toEqual([["++"], []]);
  });
});

describe("versions", () => {
  it("falls back to 0 where the cache answers so", () => {
    const rig = new Rig();
    rig.open();
    const pdus = [response(7, 0), prefixPdu("+10.0.0.0/8-8 1", 0), endOfData0(7, 3)];
    expect(rig.get(...pdus)).toEqual([]);
    expect([rig.session.version, rig.changes]).toEqual([0, ["+"]]);
    expect(rig.tick(3600)).toEqual(["v0 serial 7 3"]);
  });

  it("falls back to 0 where the cache knows no other, at once", () => {
    const rig = new Rig();
    rig.open();
    expect(rig.get(errorPdu(4, "only 0", 0))).toEqual(["close"]);
    expect(rig.session.closed()).toBe(0);
    expect(rig.open()).toEqual(["v0 reset"]);
    expect(rig.session.closed()).toBeGreaterThan(0);
  });

  it("refuses another one", () => {
    const rig = new Rig();
    rig.open();
    expect(rig.get(response(7, 2))).toEqual(["v1 error 4", "close"]);
    rig.open();
    expect(rig.get(response(7), response(7, 0))).toEqual(["v1 error 8", "close"]);
  });
});

describe("times", () => {
  it("refresh, silence and expiry", () => {
    const rig = Rig.ready();
    expect(rig.tick(9)).toEqual([]);
    expect(rig.tick(1)).toEqual(["v1 serial 7 1"]);
    expect(rig.tick(119)).toEqual([]);
    expect(rig.tick(1)).toEqual(["close"]);
    rig.session.closed();
    expect(rig.session.wakeAt).toBe(1700);
    expect(rig.tick(569)).toEqual([]);
    expect(rig.session.table.count4).toBe(1);
    rig.tick(1);
    expect([rig.session.table.count4, rig.changes]).toEqual([0, ["++", "--"]]);
    expect(rig.open()).toEqual(["v1 reset"]);
  });

  it("are kept within their bounds", () => {
    const rig = Rig.ready();
    rig.get(notify(7, 2));
    rig.get(response(7), endOfData(7, 2, [0, 0, 0]));
    expect(rig.session.wakeAt).toBe(1001);
    rig.get(notify(7, 3));
    rig.get(response(7), endOfData(7, 3, [2 ** 32 - 1, 9, 600]));
    expect(rig.session.wakeAt).toBe(1000 + 86_400);
  });
});

describe("faults end the connection with their code", () => {
  const prefix = (change: (bytes: Uint8Array) => void): Uint8Array => {
    const bytes = prefixPdu("+10.0.0.0/8-8 1");
    change(bytes);
    return bytes;
  };
  it.each([
    ["a length of 7", pdu(3, 7).fill(7, 7), 0],
    ["a length of 16 MiB", pdu(3, 7).fill(1, 4, 5), 0],
    ["a prefix of 21 bytes", pdu(4, 0, new Uint8Array(13)), 0],
    ["a greatest length below the length", prefix((bytes) => bytes.set([7], 10)), 0],
    ["a greatest length of 33", prefix((bytes) => bytes.set([33], 10)), 0],
    ["bits behind the length", prefix((bytes) => bytes.set([1], 15)), 0],
    ["a router's own query", pdu(2, 0), 5],
    ["an unknown type", pdu(99, 0), 5],
    ["a second response", response(7), 0],
    ["another session's end", endOfData(8, 1), 0],
  ])("%s", (_, bytes, code) => {
    const rig = new Rig();
    rig.open();
    rig.get(response(7));
    expect(rig.get(bytes)).toEqual([`v1 error ${code}`, "close"]);
    expect([rig.session.table.count4, rig.warnings.length]).toEqual([0, 1]);
  });

  it("what was not asked for", () => {
    for (const bytes of [prefixPdu("+10.0.0.0/8-8 1"), endOfData(7, 1), response(7), routerKey()]) {
      const rig = Rig.ready();
      expect(rig.get(bytes)).toEqual(["v1 error 0", "close"]);
      expect(rig.open()).toEqual(["v1 reset"]);
    }
  });

  it("changes that change nothing: announced twice, withdrawn without having been there", () => {
    for (const line of ["+10.0.0.0/8-8 1", "-10.0.0.0/8-8 9"]) {
      const rig = Rig.ready();
      rig.get(notify(7, 2));
      const pdus = [response(7), prefixPdu(line), endOfData(7, 2)];
      expect(rig.get(...pdus)).toEqual(["v1 error 7", "close"]);
      expect(rig.open()).toEqual(["v1 reset"]);
    }
  });

  it("an error report is not answered; without data, what is known stays", () => {
    const rig = Rig.ready();
    expect(rig.get(errorPdu(2, "no\u001bdata"))).toEqual(["close"]);
    expect(rig.warnings).toEqual(["the cache reports error 2: no\\x1bdata"]);
    expect(rig.open()).toEqual(["v1 serial 7 1"]);
  });
});

describe("hostile bytes", () => {
  it("500 mutations end or wait", () => {
    expectSessionsSound(0, 500);
  });
});
