/** The flow key of a running router rotated by SIGHUP, with real connections through it. */

import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AnycastLab } from "./anycast-lab.ts";
import { missingTools, notRoot } from "./tools.ts";

const BUILT = path.join(import.meta.dirname, "../../dist/src/cli/main.js");
const why =
  missingTools("ip", "sysctl") ??
  notRoot() ??
  (existsSync(BUILT) ? undefined : "not built: npm run build");

const CONNECTIONS = 60;
/** Long enough for several rounds of all connections, and for a reload. */
const WHILE_MS = 700;
const [OLD, NEW, THIRD] = ["00", "5a", "0f"].map((byte) => byte.repeat(16));

describe.skipIf(why !== undefined)(`a key rotated by SIGHUP (${why ?? "in namespaces"})`, () => {
  let lab: AnycastLab;
  const keyFile = (): string => path.join(lab.folder, "flow.key");
  const writeKeys = (...keys: readonly (string | undefined)[]): void =>
    writeFileSync(keyFile(), `${keys.join("\n")}\n`, { mode: 0o600 });
  const keyId = (): string => Object(lab.control("show")).key_id;

  beforeEach(() => {
    lab = new AnycastLab("anyfib-key");
    writeKeys(OLD);
    lab.configure({ more: `hash: {key_file: ${keyFile()}}` });
  });

  afterEach(() => lab[Symbol.dispose]());

  test.each(["203.0.113.1", "2001:db8::1"])("breaks no connection to %s", async (address) => {
    await lab.servers();
    const router = await lab.router();
    const logged: string[] = [];
    router.stderr.on("data", (data) => logged.push(String(data)));
    const first = keyId();
    const going = await lab.client(address, CONNECTIONS);
    await sleep(WHILE_MS);
    writeKeys(NEW);
    router.kill("SIGHUP");
    await sleep(WHILE_MS);
    // A key that names none before it would move every flow.
    expect(keyId()).toBe(first);
    writeKeys(NEW, OLD);
    router.kill("SIGHUP");
    await sleep(WHILE_MS);
    const second = keyId();
    expect(second).toMatch(/^[0-9a-f]{8}$/);
    expect(second).not.toBe(first);
    const opened = await lab.client(address, CONNECTIONS);
    await sleep(WHILE_MS);
    writeKeys(THIRD, NEW);
    router.kill("SIGHUP");
    await sleep(WHILE_MS);
    // The first rotation goes on.
    expect(keyId()).toBe(second);
    for (const client of [going, opened]) {
      const report = await client.end();
      expect(report).toMatchObject({ connections: CONNECTIONS, broken: 0, lost: 0 });
      expect(Object.keys(report.sites).sort()).toEqual(["s1", "s2", "s3"]);
    }
    const log = logged.join("");
    expect(log).toContain("would move every flow");
    expect(log).toContain("the last rotation goes on");
    for (const key of [OLD, NEW, THIRD]) expect(log).not.toContain(key);
  });
});
