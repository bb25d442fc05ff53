/** examples/embed forwards, drops and fails over as its routes say. */

import { expect, it } from "vitest";
import { runExample } from "./run-example.ts";

const DROPS = ["  3: drop blackhole", "  4: drop no_route", "  5: drop ttl_expired"];

/** The three packets to the service, forwarded to one of these sites. */
function forwarded(sites: string): readonly unknown[] {
  return [0, 1, 2].map((packet) =>
    expect.stringMatching(`^  ${packet}: forward to (${sites}), MAC 02(:[0-9a-f]{2}){5}, TTL 63$`),
  );
}

it("shares among the nearest sites, and goes to the far one when they are gone", () => {
  const lines = runExample("embed");
  expect(lines.slice(0, 6)).toEqual([...forwarded("lon|ams"), ...DROPS]);
  expect(lines.slice(8, 14)).toEqual([...forwarded("ams"), ...DROPS]);
  expect(lines.slice(16, 22)).toEqual([...forwarded("nyc"), ...DROPS]);
  expect(lines.at(-1)).toMatch(/^18 received = 9 forwarded \+ 9 dropped /);
});

it("reports that a site with two thirds of the weight takes two thirds of the flows along", () => {
  const lines = runExample("embed");
  const [, perMillion] = lines[7]?.match(/^lon goes down: (\d+) of a million flows move$/) ?? [];
  expect(Number(perMillion)).toBeGreaterThan(665_000);
  expect(Number(perMillion)).toBeLessThan(668_000);
  expect(lines[15]).toBe("ams goes down: 1000000 of a million flows move");
});
