/** What a service manager hears: this test has its end of the socket. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openNotify, watchdogInterval } from "../../src/telemetry/notify.ts";
import { NotifySocket } from "./notify-socket.ts";

describe.skipIf(process.platform !== "linux")("sd_notify", () => {
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "anyfib-notify-"));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ["a path", () => path.join(folder, "notify")],
    ["an abstract name", () => `@anyfib-notify-${process.pid}`],
  ])("tells each state by a datagram of its own, to %s", async (_, nameOf) => {
    const name = nameOf();
    using manager = new NotifySocket(name);
    const notify = await openNotify(name);
    expect(manager.take()).toEqual([]);
    const states = ["READY=1", "RELOADING=1\nMONOTONIC_USEC=42", "STOPPING=1"];
    for (const state of states) notify(state);
    expect(manager.take()).toEqual(states);
  });

  it.each([undefined, "", "x".repeat(200)])(
    "says nothing where nobody listens: %j",
    async (name) => {
      const notify = await openNotify(name);
      expect(() => notify("READY=1")).not.toThrow();
    },
  );

  it("does not mind a manager that went away", async () => {
    const notify = await openNotify(path.join(folder, "gone"));
    expect(() => notify("READY=1")).not.toThrow();
  });

  it.each([
    ["10000000", 5000],
    ["0", undefined],
    ["", undefined],
    ["soon", undefined],
    [undefined, undefined],
  ])("shows signs of life twice as often as is waited for: %j", (microseconds, interval) => {
    expect(watchdogInterval(microseconds)).toBe(interval);
  });
});
