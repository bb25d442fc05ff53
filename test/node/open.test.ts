/** Files, standard input and standard output, as users name them. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough, Writable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ByteSource } from "../../src/io/port.ts";
import { isClosedPipe, openBytes, openSink } from "../../src/node/open.ts";
import { packetBytes } from "../io/capture-bytes.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "anyfib-open-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

async function readAll(source: ByteSource): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const target = new Uint8Array(1000);
  for (let read = await source.read(target); read > 0; read = await source.read(target)) {
    parts.push(target.slice(0, read));
  }
  await source[Symbol.asyncDispose]();
  return Uint8Array.from(Buffer.concat(parts));
}

describe("openBytes", () => {
  test("reads a file, compressed or not, whatever its name", async () => {
    const plain = packetBytes(100_000);
    const file = path.join(folder, "a.bin");
    writeFileSync(file, plain);
    const source = await openBytes(file);
    expect(source.name).toBe(file);
    expect(await readAll(source)).toEqual(plain);
    writeFileSync(file, gzipSync(plain));
    expect(await readAll(await openBytes(file))).toEqual(plain);
  });

  test("opens an empty file: it has no bytes", async () => {
    const file = path.join(folder, "empty");
    writeFileSync(file, "");
    expect(await readAll(await openBytes(file))).toEqual(new Uint8Array(0));
  });

  test("says in one line what is missing or a folder", async () => {
    const file = path.join(folder, "missing");
    const parts = { code: "FILE", where: file, exitCode: 4, detail: { systemError: "ENOENT" } };
    await expect(openBytes(file)).rejects.toMatchObject(parts);
    await expect(openBytes(file)).rejects.toThrow(
      `${file}: no such file or folder; check the path`,
    );
    await expect(openBytes(folder)).rejects.toThrow(`${folder}: is a folder; give a file in it`);
  });

  test("reads standard input for -", async () => {
    const input = new PassThrough();
    vi.spyOn(process, "stdin", "get").mockReturnValue(asStdin(input));
    const plain = packetBytes(100_000);
    for (const half of [plain.subarray(0, 7), plain.subarray(7)]) input.write(half);
    input.end();
    const source = await openBytes("-");
    expect(source.name).toBe("-");
    expect(await readAll(source)).toEqual(plain);
    expect(input.destroyed).toBe(true);
  });
});

describe("openSink", () => {
  test("writes a file, made or emptied", async () => {
    const file = path.join(folder, "out");
    writeFileSync(file, "what was there before");
    await using sink = await openSink(file);
    expect(sink.name).toBe(file);
    for (const bytes of [packetBytes(5), packetBytes(3)]) await sink.write(bytes);
    expect(Uint8Array.from(readFileSync(file))).toEqual(
      Uint8Array.from([...packetBytes(5), ...packetBytes(3)]),
    );
  });

  test("says where a file cannot be made", async () => {
    const file = path.join(folder, "no", "out");
    await expect(openSink(file)).rejects.toMatchObject({ code: "FILE", where: file, exitCode: 4 });
    await expect(openSink(folder)).rejects.toMatchObject({ code: "FILE", where: folder });
  });

  test("writes standard output for -, at its pace", async () => {
    const parts: Uint8Array[] = [];
    const output = new Writable({
      highWaterMark: 1,
      write(bytes: Uint8Array, _encoding, done) {
        setTimeout(() => {
          parts.push(Uint8Array.from(bytes));
          done();
        }, 1);
      },
    });
    vi.spyOn(process, "stdout", "get").mockReturnValue(asStdout(output));
    await using sink = await openSink("-");
    const bytes = packetBytes(8);
    await sink.write(bytes);
    bytes.fill(0);
    await sink.write(bytes);
    expect(parts).toEqual([packetBytes(8), new Uint8Array(8)]);
  });

  test("knows a pipe that its reader has closed, at every write", async () => {
    const output = new Writable({
      write: (_bytes, _encoding, done) => done(Object.assign(new Error("x"), { code: "EPIPE" })),
    });
    vi.spyOn(process, "stdout", "get").mockReturnValue(asStdout(output));
    const sink = await openSink("-");
    for (const bytes of [packetBytes(8), packetBytes(9)]) {
      const failure = await sink.write(bytes).catch((error: unknown) => error);
      expect(isClosedPipe(failure)).toBe(true);
    }
    await sink[Symbol.asyncDispose]();
    expect(isClosedPipe(new Error("x"))).toBe(false);
    await expect(openBytes(folder)).rejects.not.toSatisfy(isClosedPipe);
  });
});

// cast: only what a stream of either kind has is used.
const asStdin = (stream: PassThrough) => stream as unknown as typeof process.stdin;
const asStdout = (stream: Writable) => stream as unknown as typeof process.stdout;
