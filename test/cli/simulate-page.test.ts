/** `anyfib simulate --compare --html`: the page, and what it must not hold. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CAPTURE, SITES_YAML } from "./captures.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const TABLE = file("sites.yaml", SITES_YAML);
const INPUT = file(`"><script>alert(1)<b>&'.pcap`, CAPTURE);
const KEY = "00112233445566778899aabbccddeeff";

const run = (...args: readonly string[]) =>
  runHere(["simulate", "-r", INPUT, "--table", TABLE, "--event", "#301:down:lon", ...args]);

async function pageOf(...args: readonly string[]): Promise<string> {
  const page = file("page.html");
  const { status, stderr } = await run("--html", page, ...args);
  expect([status, stderr]).toEqual([0, ""]);
  return readFileSync(page, "utf8");
}

describe("--html", () => {
  it("writes one page that loads nothing and runs nothing", async () => {
    const page = await pageOf();
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<(script|link|img|iframe)|\bsrc=|\bhref=|url\(|@import/i);
    expect(page).toContain("&quot;&gt;&lt;script&gt;alert(1)&lt;b&gt;&amp;");
  });

  it("has every tag that it opens closed, and a title for the plot", async () => {
    const page = await pageOf("--compare", "maglev");
    for (const tag of ["table", "section", "tr", "td", "th", "figure", "svg", "path", "dl"]) {
      const opened = page.match(new RegExp(`<${tag}[ >]`, "g"))?.length;
      const closed = page.match(new RegExp(`</${tag}>`, "g"))?.length;
      expect([tag, opened]).toEqual([tag, closed]);
    }
    expect(page).toContain('role="img" aria-labelledby="shares-title"');
    expect(page).toContain("maglev (model)");
    expect(page).toContain("down lon at");
  });

  it("says how it was made, and names the key without revealing it", async () => {
    const page = await pageOf("--key", KEY, "-4");
    expect(page).toContain("--event &#39;#301:down:lon&#39;");
    expect(page).not.toContain(KEY);
  });
});

describe("--compare", () => {
  it("adds the algorithms to JSON and text", async () => {
    const { stdout } = await run("--compare", "modulo,resilient", "--json");
    const { comparison, events } = JSON.parse(stdout);
    expect(comparison.map((row: { algorithm: string }) => row.algorithm)).toEqual([
      "anyfib",
      "modulo",
      "resilient",
    ]);
    expect(comparison[0].flows_moved).toBe(events[0].flows_moved);
    expect(comparison[1].flows_moved).toBeGreaterThan(events[0].flows_moved);
    expect(Object.keys(comparison[1])).toEqual([
      "algorithm",
      "flows_moved",
      "flows_moved_needlessly",
      "tcp_established_broken",
      "most_over_target",
      "events",
    ]);
    const text = await run("--compare", "modulo");
    expect(text.stdout).toContain("beside models of other algorithms");
  });
});

describe("refusals", () => {
  it.each([
    [["--compare", "maglev,toString"], "no model has that name"],
    [["--compare", ""], "no model has that name"],
    [["--html", "-"], "the report goes to stdout already"],
    [["--html", INPUT], "read, or written to, already"],
  ])("%#", async (args, message) => {
    const { status, stderr } = await run(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});
