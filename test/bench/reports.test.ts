/** What is printed and drawn of a measurement. */

import { describe, expect, it } from "vitest";
import { distributionPlot } from "../../bench/distribution-plot.ts";
import type { Measurement } from "../../bench/harness.ts";
import { reportHtml } from "../../bench/html-report.ts";
import { measuredRow } from "../../bench/rows.ts";
import { sparkline } from "../../bench/sparkline.ts";
import { reportText } from "../../bench/text-report.ts";
import { escaped } from "../../src/net/html.ts";

const HOSTILE = `<script>alert("1")</script>\u001b[31m&'`;

const details = { memoryBytes: 2e6, entryBytes: 2, outputBytes: 4, hugePages: false, note: "" };

function measurement(table: string): Measurement {
  const samples = Array.from({ length: 200 }, (_, index) => 2 + (index % 7) / 10);
  const row = (more: object, isEach = false) =>
    measuredRow(
      {
        labels: {
          name: "fib-lookup",
          family: "ipv4",
          table,
          pattern: "zipf",
          groups: 16,
          groups_placement: "clustered",
          ...more,
        },
        details,
        reference: "walk",
        prefixes: 1000,
        isEach,
        rounds: 4,
      },
      { turns: [{ subject: samples, reference: samples }] },
    );
  return {
    rows: [row({}), row({ workers: 2, caches: "cold" }), row({ name: "fib-update" }, true)],
    machine: {
      cpu: "A CPU",
      cpus: 2,
      node: "20.0.0",
      v8: "11.3",
      page_bytes: 4096,
      transparent_huge_pages: null,
      cache_bytes: null,
    },
    commit: "0123456789abcdef",
  };
}

describe("a line of blocks", () => {
  it("is low and even while nothing disturbs", () => {
    expect(sparkline(Array(240).fill(5))).toBe("▁".repeat(24));
  });

  it("rises where samples took longer, and not above the top", () => {
    const samples = [...Array(120).fill(1), ...Array(60).fill(1.6), ...Array(60).fill(50)];
    expect(sparkline(samples)).toBe("▁".repeat(12) + "▅".repeat(6) + "█".repeat(6));
  });

  it("has no more blocks than there are samples", () => {
    expect(sparkline([1, 2])).toHaveLength(2);
    expect(sparkline([])).toBe("");
  });
});

describe("a plot", () => {
  it("has bars for all samples, those beyond its end in the last", () => {
    const plot = distributionPlot([1, 1, 1, 1, 1, 100], "zipf");
    const heights = [...plot.matchAll(/height="([\d.]+)"/g)].map(([, text]) => Number(text));
    expect(heights).toEqual([100, 20]);
    expect(plot).toContain('x="472.0"');
    expect(plot).toContain("p10 1.00 ns, median 1.00 ns");
  });
});

describe("the page", () => {
  it("escapes what files and machines are called", () => {
    const page = reportHtml(measurement(HOSTILE));
    expect(page).not.toContain("<script");
    expect(page).toContain(escaped(HOSTILE));
  });

  it("loads nothing from elsewhere and runs no script", () => {
    const page = reportHtml(measurement("t"));
    expect(page.match(/\bsrc=|href|url\(|@import|https?:/)?.[0]).toBeUndefined();
    expect(page).toContain("default-src 'none'");
  });

  it("is balanced, and has a figure and a line for each row", () => {
    const page = reportHtml(measurement("t"));
    for (const tag of ["table", "tr", "td", "figure", "svg", "div", "body", "html"]) {
      const opened = page.match(new RegExp(`<${tag}[ >]`, "g")) ?? [];
      expect(page.match(new RegExp(`</${tag}>`, "g"))).toHaveLength(opened.length);
    }
    expect(page.match(/<figure>/g)).toHaveLength(3);
    expect(page).toContain("prefers-color-scheme: dark");
  });
});

describe("the text", () => {
  it("has a line for each row, tails of what was timed one by one, tables and machine", () => {
    const text = reportText(measurement("t"));
    expect(text).toMatch(/fib-lookup +│ ipv4 +│ zipf +│ +16 │/);
    expect(text).toMatch(/│ zipf, 2 workers, cold +│/);
    const tail = "16 groups (clustered): mean 2.30 ns, p99 2.60, most 2.60\n";
    expect(text).toContain(`fib-update, ipv4, t, zipf, ${tail}`);
    expect(text).toContain("t: 1,000 prefixes of ipv4, 16 groups (clustered)\n");
    expect(text).toContain("A CPU, Node 20.0.0, V8 11.3, commit 0123456789ab\n");
  });

  it("lets no control character through", () => {
    expect(reportText(measurement(HOSTILE))).not.toContain("\u001b");
  });
});
