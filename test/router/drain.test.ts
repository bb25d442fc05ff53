/** Drains: no connection for a next hop that drains, all that it had until its time is over. */

import { describe, expect, it } from "vitest";
import { Drains } from "../../src/router/drain.ts";
import { smallForwarder } from "./router-rig.ts";

const ROUTES = [{ prefix: "198.51.100.0/24", nextHops: ["192.0.2.1", "192.0.2.2"] }];

describe("Drains", () => {
  it("ends each drain when its own time is over, in order", () => {
    const drains = new Drains(45);
    drains.begin(7, 100);
    drains.begin(3, 110);
    drains.begin(7, 120);
    expect(drains.expire(144)).toEqual([]);
    expect(drains.expire(145)).toEqual([7]);
    expect(drains.expire(1000)).toEqual([3]);
    expect(drains.expire(1000)).toEqual([]);
  });

  it("forgets those that end early", () => {
    const drains = new Drains(45);
    drains.begin(7, 100);
    drains.end(7);
    expect(drains.expire(1000)).toEqual([]);
  });

  it("counts from the first clock what began before there was one", () => {
    const drains = new Drains(45);
    drains.begin(7, 0);
    expect(drains.expire(1_700_000_000)).toEqual([]);
    expect(drains.expire(1_700_000_044)).toEqual([]);
    expect(drains.expire(1_700_000_045)).toEqual([7]);
  });
});

it("releases a next hop of a forwarder when its drain is over", async () => {
  const forwarder = await smallForwarder({ routes: ROUTES, drainTime: 45 });
  const stateAt = (seconds: number): string | undefined => {
    forwarder.setClock(seconds);
    return forwarder.nextHops().find(({ name }) => name === "192.0.2.1")?.state;
  };
  expect(stateAt(1000)).toBe("up");
  forwarder.transaction().drain("192.0.2.1").commit();
  expect(stateAt(1044)).toBe("drain");
  expect(stateAt(1045)).toBe("down");
  forwarder.transaction().up("192.0.2.1").commit();
  expect(stateAt(2000)).toBe("up");
});

it("forgets the previous owners of slots whose window has closed", async () => {
  const forwarder = await smallForwarder({ routes: ROUTES, pinWindow: 100 });
  forwarder.setClock(1000);
  const { id } = forwarder.lookup("198.51.100.9").group;
  forwarder.transaction().weight("192.0.2.1", 3).commit();
  const changed = (): number => forwarder.engine.groups.changedSlots(id);
  expect(changed()).toBe(256);
  forwarder.setClock(1099);
  expect(changed()).toBe(256);
  forwarder.setClock(1160);
  expect(changed()).toBe(0);
});
