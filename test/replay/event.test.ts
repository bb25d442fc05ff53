/** Events as they are written, and what is none. */

import fc from "fast-check";
import { expect, it } from "vitest";
import { AnyfibError } from "../../src/net/errors.ts";
import { actionText, parseEvent } from "../../src/replay/event.ts";

it.each([
  ["2.5:down:lon", { kind: "seconds", seconds: 2.5 }, { kind: "down" }, "lon"],
  ["#17:up:10.0.0.1", { kind: "packet", packet: 17 }, { kind: "up" }, "10.0.0.1"],
  ["0:drain:fe80::1%eth0", { kind: "seconds", seconds: 0 }, { kind: "drain" }, "fe80::1%eth0"],
  ["7:key:new.key", { kind: "seconds", seconds: 7 }, { kind: "key" }, "new.key"],
  ["10:weight=5:ams", { kind: "seconds", seconds: 10 }, { kind: "weight", weight: 5 }, "ams"],
])("reads %s", (text, time, action, target) => {
  const event = parseEvent(text);
  expect(event).toEqual({ time, action, target });
  expect(text).toContain(actionText(event.action));
});

it.each([
  ["", "three parts"],
  ["1:down", "three parts"],
  ["1:down:", "three parts"],
  [":down:lon", "no time"],
  ["-1:down:lon", "no time"],
  ["#0:down:lon", "no time"],
  ["1e3:down:lon", "no time"],
  ["1:gone:lon", "no event"],
  ["1:weight:lon", "no event"],
  ["1:weight=65536:lon", "no event"],
  ["1:weight=-1:lon", "no event"],
])("refuses %j", (text, what) => {
  expect(() => parseEvent(text)).toThrow(
    expect.objectContaining({ code: "USAGE", what: expect.stringContaining(what) }),
  );
});

it("reads or refuses whatever it is given", () => {
  const piece = fc.constantFrom("1", "#", ":", "down", "weight=", "lon", ".", "9", "\n", "::1");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
      try {
        expect(parseEvent(pieces.join("")).target).not.toBe("");
      } catch (error) {
        expect(error).toBeInstanceOf(AnyfibError);
      }
    }),
    { seed: 8, numRuns: 500 },
  );
});
