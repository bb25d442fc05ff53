/** A capture of 2 GB through a pipe: memory stays flat. */

import { spawn } from "node:child_process";
import { beforeAll, expect, test } from "vitest";
import { buildHost } from "../../scripts/build-steps.js";
import { ROOT } from "../../scripts/project.js";
import { concat, packetBytes, pcapHeader, pcapRecord } from "../io/capture-bytes.ts";

const STREAM_BYTES = 2_000_000_000;
const RESIDENT_BYTES_MAX = 300_000_000;
const PIECE_PACKETS = 700;
const PACKET_BYTES = 1400;

/** Reads a capture from standard input in a process of its own, and prints what it took. */
const READER = `
  import { readFileSync } from "node:fs";
  import { Engine } from "./dist/src/engine/engine.js";
  import { openCaptureSource } from "./dist/src/io/capture.js";
  import { openBytes } from "./dist/src/node/open.js";
  const engine = await Engine.create({ module: readFileSync("dist/wasm/release.wasm") });
  const capture = await openCaptureSource(await openBytes("-"), engine);
  for await (const _ of capture);
  console.log(capture.info.packets, capture.info.bytes, process.resourceUsage().maxRSS * 1024);
`;

beforeAll(buildHost);

test("2 GB through standard input stay below 300 MB resident", async () => {
  const record = pcapRecord("little", { data: packetBytes(PACKET_BYTES) });
  const piece = concat(...Array.from({ length: PIECE_PACKETS }, () => record));
  const pieces = Math.ceil(STREAM_BYTES / piece.length);
  const reader = spawn(process.execPath, ["--input-type=module", "-e", READER], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let printed = "";
  reader.stdout.on("data", (text) => {
    printed += String(text);
  });
  const closed = new Promise((resolve) => reader.once("close", resolve));
  reader.stdin.write(pcapHeader());
  for (let sent = 0; sent < pieces; sent++) {
    if (reader.stdin.write(piece)) continue;
    await new Promise((resolve) => reader.stdin.once("drain", resolve));
  }
  reader.stdin.end();
  await closed;
  const [packets, bytes, residentBytes] = printed.split(" ").map(Number);
  expect(packets).toBe(pieces * PIECE_PACKETS);
  expect(bytes).toBe(pieces * PIECE_PACKETS * PACKET_BYTES);
  expect(residentBytes).toBeLessThan(RESIDENT_BYTES_MAX);
});
