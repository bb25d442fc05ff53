/** The files of samples/, made anew from nothing but a seed. */

import { ANYCAST, SITES } from "./sites.js";
import { sampleTraffic } from "./traffic.js";

/**
 * What is used of the library: the built one by the script, its sources by the test.
 * @typedef {{
 *   Random: typeof import("../../src/replay/random.ts").Random,
 *   generateTable: typeof import("../../src/replay/generate-table.ts").generateTable,
 *   PcapngWriter: typeof import("../../src/io/pcapng-writer.ts").PcapngWriter,
 * }} Library
 */

const SEED = 2025;
/** With the anycast prefixes, a thousand. */
const ROUTES = {
  routes: 796,
  routes6: 200,
  groups: 2,
  seed: SEED,
  space: /** @type {const} */ ("private"),
};
/** Next hops of the generated table: the anycast prefixes leave by them where no site is known. */
const NEXT_HOPS = { 4: "172.16.0.1,172.16.0.2", 6: "fd00:ffff::1,fd00:ffff::2" };
const INTERFACE = "uplink";

/**
 * @param {Library} library
 */
function tableText({ generateTable }) {
  const anycast = /** @type {const} */ ([4, 6]).flatMap((family) =>
    ANYCAST[family].map((prefix) => `${prefix} ${NEXT_HOPS[family]}\n`),
  );
  const [head = "", ...chunks] = generateTable(ROUTES);
  return [
    head,
    ...chunks,
    "# Anycast prefixes; sites.yaml says which sites serve them, and replaces these routes.\n",
    ...anycast,
  ].join("");
}

/**
 * An address in every route that has room for hosts.
 * @param {string} table
 */
function transitAddresses(table) {
  const prefixes = table.split("\n").map((line) => line.split(" ", 1)[0] ?? "");
  return {
    4: prefixes
      .filter((text) => /^10\..*\.0\/\d+$/.test(text))
      .map((text) => text.replace(/0\/.*/, "7")),
    6: prefixes
      .filter((text) => /^fd10:.*::\//.test(text))
      .map((text) => text.replace(/\/.*/, "7")),
  };
}

/**
 * @param {Library} library
 * @param {string} table
 * @returns {Promise<Uint8Array>}
 */
async function captureBytes({ PcapngWriter, Random }, table) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const chunks = [];
  const writer = new PcapngWriter({
    name: "capture.pcapng",
    write: async (bytes) => {
      chunks.push(Uint8Array.from(bytes));
    },
    [Symbol.asyncDispose]: async () => {},
  });
  writer.addInterface(INTERFACE);
  for (const { frame, ...record } of sampleTraffic(new Random(SEED), transitAddresses(table))) {
    await writer.write(frame, record);
  }
  await writer.finish();
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/**
 * Contents of all sample files, by name.
 * @param {Library} library
 * @returns {Promise<ReadonlyMap<string, Uint8Array>>}
 */
export async function sampleFiles(library) {
  const table = tableText(library);
  const text = new TextEncoder();
  return new Map([
    ["sites.yaml", text.encode(SITES)],
    ["table.txt", text.encode(table)],
    ["capture.pcapng", await captureBytes(library, table)],
  ]);
}
