/** `anyfib simulate`: the JSON document, the text, and what it refuses. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CAPTURE, SITES_YAML } from "./captures.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const TABLE = file("sites.yaml", SITES_YAML);
const INPUT = file("capture.pcap", CAPTURE);
const CUT = file("cut.pcap", CAPTURE.subarray(0, -1));

const run = (...args: readonly string[]) => runHere(["simulate", "--table", TABLE, ...args]);

describe("--json", () => {
  it("has the events, and the replay's report", async () => {
    const { status, stdout, stderr } = await run("-r", INPUT, "--event", "#301:down:lon", "--json");
    expect([status, stderr]).toEqual([0, ""]);
    const report = JSON.parse(stdout);
    const [event] = report.events;
    expect(Object.keys(event)).toEqual([
      "at_seconds",
      "event",
      "target",
      "flows_seen",
      "flows_moved",
      "flows_moved_needlessly",
      "flows_tier_changed",
      "flows_kept_by_pins",
      "tcp_established_broken",
      "shares",
    ]);
    expect(event).toMatchObject({
      event: "down",
      target: "lon",
      flows_seen: 300,
      flows_moved_needlessly: 0,
      flows_tier_changed: 0,
      tcp_established_broken: 0,
    });
    expect(event.flows_moved).toBeGreaterThan(150);
    expect(event.shares[0]).toMatchObject({ next_hop: "10.0.0.11", site: "lon", share_after: 0 });
    expect(report.received).toBe(703);
    expect(report.tables_digest).toMatch(/^[0-9a-f]+$/);
    expect("ingress" in report).toBe(false);
    expect(report.next_hops.map((row: { site: string }) => row.site)).toContain("lon");
  });

  it("takes events in the order of their times, whatever order they are given in", async () => {
    const events = ["#400:up:lon", "#300:down:lon", "0:weight=0:ams"].flatMap((e) => [
      "--event",
      e,
    ]);
    const { stdout } = await run("-r", INPUT, ...events, "--json");
    const seen = JSON.parse(stdout).events.map((e: { flows_seen: number }) => e.flows_seen);
    expect(seen).toEqual([0, 299, 399]);
  });
});

describe("several captures", () => {
  it("are merged by their times, each told apart", async () => {
    const inputs = ["-r", `lon=${INPUT}`, "-r", INPUT, "-r", `x=${INPUT}`];
    const { status, stdout } = await run(...inputs, "--event", "#901:down:lon", "--json");
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.captures).toEqual([
      { site: "lon", file: INPUT, packets: 703 },
      { file: INPUT, packets: 703 },
      { site: "x", file: INPUT, packets: 703 },
    ]);
    expect(report).toMatchObject({ received: 3 * 703, forwarded: 2100, flows: 703 });
    const total = (rows: readonly { packets: number }[]): number =>
      rows.reduce((sum, { packets }) => sum + packets, 0);
    expect(report.ingress.map((row: { name: string }) => row.name)).toEqual(["lon", INPUT, "x"]);
    for (const { packets, next_hops } of report.ingress) {
      expect([packets, total(next_hops)]).toEqual([700, 700]);
      expect(next_hops).toEqual(report.ingress[0].next_hops);
    }
    // Three packets of each flow at each time.
    expect(report.events[0].flows_seen).toBe(300);
  });

  it("end together: a damaged one is read as far as it goes, the others whole", async () => {
    const args = ["-r", CUT, "-r", INPUT, "--event", "0:down:lon", "--json"];
    const { status, stdout } = await run(...args);
    expect(status).toBe(3);
    expect(JSON.parse(stdout).captures.map((row: { packets: number }) => row.packets)).toEqual([
      702, 703,
    ]);
  });

  it("count packets together", async () => {
    const args = ["-r", INPUT, "-r", INPUT, "-c", "500", "--event", "0:down:lon", "--json"];
    expect(JSON.parse((await run(...args)).stdout).received).toBe(500);
  });
});

describe("text", () => {
  it("tells what moved and who gets what", async () => {
    const { status, stdout } = await run("-r", INPUT, "--event", "#301:down:10.0.0.11");
    expect(status).toBe(0);
    expect(stdout).toMatch(/down 10\.0\.0\.11 at .* of 300 flows move, 0 needlessly/);
    expect(stdout).toContain("target before");
    expect(stdout).toContain("lon (10.0.0.11)");
  });
});

describe("a key event", () => {
  const OLD = "00112233445566778899aabbccddeeff";
  const NEW = "ffeeddccbbaa99887766554433221100";
  const old = file("old.key", `${OLD}\n`);
  const next = file("new.key", `${NEW}\n${OLD}\n`);
  const silent = file("silent.key", `${NEW}\n`);
  const events = (...names: readonly string[]): readonly string[] =>
    ["--key", old, "-r", INPUT].concat(names.flatMap((name) => ["--event", `#301:key:${name}`]));

  it("shows what another key moves, and says its id alone", async () => {
    const page = file("key.html");
    const { status, stdout } = await run(...events(next), "--json", "--html", page);
    expect(status).toBe(0);
    const { events: rows, key_id } = JSON.parse(stdout);
    expect(rows[0]).toMatchObject({
      event: "key",
      target: key_id,
      flows_seen: 300,
      flows_moved_needlessly: 0,
      tcp_established_broken: 0,
    });
    // Two next hops of weights 2 and 1: 4 of 9.
    expect(rows[0].flows_moved / 300).toBeCloseTo(4 / 9, 1);
    const html = readFileSync(page, "utf8");
    expect(html).toContain(`key ${key_id}`);
    for (const text of [stdout, html]) {
      for (const key of [OLD, NEW]) expect(text).not.toContain(key);
    }
  });

  it.each([
    [events(silent), "would move every flow"],
    [events(old), "is in force already"],
    [events(NEW), "neither 32 to 128 hexadecimal digits nor a file"],
    [events(next, next), "changes twice"],
    [[...events(next), "--compare", "maglev"], "know nothing of keys"],
    [[...events(next), "--no-pins"], "without pins"],
  ])("is refused %#", async (args, message) => {
    const { status, stderr } = await run(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    for (const key of [OLD, NEW]) expect(stderr).not.toContain(key);
  });
});

describe("refusals", () => {
  it.each([
    [["-r", INPUT], 2, "nothing would happen"],
    [["-r", INPUT, "--event", "1:down:par"], 2, "no route has the next hop or site par"],
    [["-r", INPUT, "--event", "soon:down:lon"], 2, '"soon" is no time'],
    [["-r", "/none/such", "--event", "1:down:lon"], 4, "/none/such"],
  ])("%#", async (args, status, message) => {
    const outcome = await run(...args);
    expect(outcome.status).toBe(status);
    expect(outcome.stderr).toContain(message);
    expect(outcome.stderr.trim().split("\n")).toHaveLength(1);
  });

  it("report what was read of a damaged capture first", async () => {
    const outcome = await run("-r", CUT, "--event", "#301:down:lon", "--json");
    expect(outcome.status).toBe(3);
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      received: 702,
      events: [{ flows_seen: 300 }],
    });
  });
});
