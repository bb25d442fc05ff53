/** Streams that are read again: from memory while they are short, anew where they are long. */

import { expect, test } from "vitest";
import type { ByteSource } from "../../src/io/port.ts";
import { RememberedBytes } from "../../src/io/remembered-bytes.ts";

const TEXT = "a stream of some bytes";

/** Opens the text again and again; counts how often. */
class Opener {
  opened = 0;
  closed = 0;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  open = async (): Promise<ByteSource> => {
    this.opened += 1;
    const bytes = new TextEncoder().encode(TEXT);
    let at = 0;
    return {
      name: this.#name,
      read: async (target) => {
        const part = bytes.subarray(at, at + Math.min(target.length, 7));
        target.set(part);
        at += part.length;
        return part.length;
      },
      [Symbol.asyncDispose]: async () => {
        this.closed += 1;
      },
    };
  };
}

async function readAll(bytes: RememberedBytes, step: number): Promise<string> {
  await using source = await bytes.open();
  const target = new Uint8Array(step);
  let text = "";
  for (let count = -1; count !== 0; ) {
    count = await source.read(target);
    text += new TextDecoder().decode(target.subarray(0, count));
  }
  return text;
}

test.each([1, 5, 7, 100])("a short stream is opened once, read by %d bytes", async (step) => {
  const opener = new Opener("short");
  const bytes = new RememberedBytes(opener.open, TEXT.length);
  for (let time = 0; time < 3; time++) expect(await readAll(bytes, step)).toBe(TEXT);
  expect([opener.opened, opener.closed]).toEqual([1, 1]);
});

test("a long stream is opened anew", async () => {
  const opener = new Opener("long");
  const bytes = new RememberedBytes(opener.open, TEXT.length - 1);
  for (let time = 0; time < 3; time++) expect(await readAll(bytes, 9)).toBe(TEXT);
  expect([opener.opened, opener.closed]).toEqual([3, 3]);
});

test("long standard input is not opened again", async () => {
  const bytes = new RememberedBytes(new Opener("-").open, 3);
  expect(await readAll(bytes, 9)).toBe(TEXT);
  await expect(bytes.open()).rejects.toMatchObject({ code: "USAGE", where: "-" });
});

test("short standard input is", async () => {
  const bytes = new RememberedBytes(new Opener("-").open);
  for (let time = 0; time < 2; time++) expect(await readAll(bytes, 9)).toBe(TEXT);
});
