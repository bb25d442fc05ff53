/** `anyfib rib catchment` on small dumps of our own, and on real ones. */

import { describe, expect, it } from "vitest";
import { dataPath, NO_DATA } from "../data.ts";
import {
  attributes,
  bytesOf,
  entry,
  peer,
  peerIndexTable,
  ribRecord,
} from "../sources/mrt/dump.ts";
import { runHere, testFolder } from "./run.ts";

/** COMMUNITIES with one community. */
function community(as: number, value: number) {
  return [0xc0, 8, 4, as >> 8, as & 255, value >> 8, value & 255];
}

const PEERS = peerIndexTable([peer(4, 4), peer(6, 4)]);
const LON = [attributes(64_500, 64_510), community(64_510, 1)];
const AMS = [attributes(64_501, 64_502, 64_510), community(64_510, 2)];
const SITES = ["--site", "lon=64510:1", "--site", "ams=64510:2"];

describe("rib catchment", () => {
  const file = testFolder();
  const before = file(
    "before.mrt",
    bytesOf([
      PEERS,
      ribRecord("192.0.2.0/24", [entry(0, LON), entry(1, AMS)]),
      ribRecord("10.0.0.0/8", [entry(0, attributes(64_500, 64_502, 64_599))]),
    ]),
  );
  const after = file(
    "after.mrt",
    bytesOf([
      PEERS,
      ribRecord("192.0.2.0/24", [entry(0, LON), entry(1, LON)]),
      ribRecord("192.0.2.128/25", [entry(1, attributes(64_501, 64_666))]),
      ribRecord("10.0.0.0/8", [entry(0, attributes(64_500, 64_599))]),
    ]),
  );
  const report = async (...args: readonly string[]) => {
    const { status, stdout } = await runHere(["rib", "catchment", "--json", ...SITES, ...args]);
    return { status, report: JSON.parse(stdout) };
  };

  it("finds the prefixes by the sites' marks, and tells each choice", async () => {
    const { status, report: found } = await report(before);
    expect(status).toBe(0);
    expect(found).toMatchObject({
      sites: [
        { site: "lon", choices: 1, share: 0.5, vantage_ases: 1, mean_path_length: 2 },
        { site: "ams", choices: 1, share: 0.5, mean_path_length: 3 },
      ],
      choices: [
        { prefix: "192.0.2.0/24", vantage_as: 64_500, peer: "192.0.2.1", site: "lon" },
        { peer: "2001:db8::1", site: "ams", origin_as: 64_510, as_path: "64501 64502 64510" },
      ],
      suspects: [],
      estimates: [],
      damaged_records: 0,
    });
  });

  it("tells what moved since another dump, and what is suspect, with status 1", async () => {
    const { status, report: found } = await report(after, "--against", before);
    expect(status).toBe(1);
    expect(found.moved).toEqual([
      { prefix: "192.0.2.0/24", vantage_as: 64_500, peer: "2001:db8::1", from: "ams", to: "lon" },
    ]);
    expect(found.suspects).toEqual([
      {
        kind: "more_specific",
        prefix: "192.0.2.128/25",
        watched: "192.0.2.0/24",
        origin_as: 64_666,
        peers: 1,
        as_path: "64501 64666",
      },
    ]);
  });

  it("estimates a withdrawal, and says that it is an estimate", async () => {
    const { report: found } = await report(before, "--withdraw", "lon", "--prepend", "ams=3");
    expect(found.estimates).toMatchObject([
      { estimate: true, change: "withdraw", site: "lon", choices_moved: 1, choices_unknown: 0 },
      { estimate: true, change: "prepend", site: "ams", times: 3, choices_moved: 1 },
    ]);
    const { stdout } = await runHere(["rib", "catchment", before, ...SITES, "--withdraw", "lon"]);
    expect(stdout).toMatch(/^192\.0\.2\.0\/24 AS64500 \(192\.0\.2\.1\) -> lon, path 64500 64510$/m);
    expect(stdout).toContain("estimate: withdraw lon: 1 choices move, 0 unknown");
  });

  it("writes the choices as CSV", async () => {
    const { stdout } = await runHere(["rib", "catchment", before, "--csv", ...SITES]);
    expect(stdout.split("\n").slice(0, 2)).toEqual([
      "prefix,vantage_as,peer,site,origin_as,path_length,as_path",
      "192.0.2.0/24,64500,192.0.2.1,lon,64510,2,64500 64510",
    ]);
  });

  it("watches prefixes that are named, and has status 1 where none has a route", async () => {
    const { report: found } = await report(before, "--prefix", "10.0.0.0/8", "--origin", "64510");
    expect(found.choices).toMatchObject([{ prefix: "10.0.0.0/8", site: null }]);
    expect(found.suspects).toMatchObject([{ kind: "foreign_origin", origin_as: 64_599 }]);
    expect(await report(before, "--prefix", "172.16.0.0/12")).toMatchObject({ status: 1 });
  });

  it.each([
    [["--site", "lon"], /is no NAME=COMMUNITY/],
    [["--site", "lon=99999:1"], /is no community/],
    [["--site", "lon=(64500"], /not closed/],
    [["--prefix", "192.0.2.1/24"], /did you mean 192\.0\.2\.0\/24/],
    [["--prefix", "here"], /is no prefix/],
    [["--withdraw", "rome"], /no site is named/],
    [["--prepend", "lon=0"], /is no SITE=TIMES/],
    [["--origin", "ours"], /is no AS/],
  ])("says what is wrong with %s", async (args, message) => {
    const { status, stderr } = await runHere(["rib", "catchment", before, ...SITES, ...args]);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("tells both sites of real dumps, whichever form they have", async ({ skip }) => {
    const [first, second] = ["bview.20020722.2337.gz", "rrc06-20100701.reencoded.mrt.gz"].map(
      (name) => dataPath("mrt", name),
    );
    if (first === undefined || second === undefined) return skip(NO_DATA);
    const old = await report(first, "--prefix", "193.0.14.0/24", "--site", "any=5459$");
    expect(old.report.choices).toMatchObject([
      { vantage_as: 3257, site: "any", as_path: "3257 5459" },
      { vantage_as: 1853, site: "any", as_path: "1853 20965 786 5459" },
    ]);
    const marks = ["--site", "jp=2516", "--site", "us=2914"];
    const now = await report(second, "--prefix", "193.0.14.0/23", ...marks);
    expect(now.report.choices).toMatchObject([
      { vantage_as: 4777, site: "jp", as_path: "4777 2516 25152" },
      { vantage_as: 2497, site: "us", as_path: "2497 2914 25152" },
    ]);
  });
});
