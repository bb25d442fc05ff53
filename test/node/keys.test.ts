/** Key files: what they may hold, who may read them, and that no error tells a key. */

import { chmodSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readKeyFile, readMasterKeys } from "../../src/node/keys.ts";
import { deriveKeys } from "../../src/router/keys.ts";
import { testFolder } from "../cli/run.ts";

const file = testFolder();
const HEX = "000102030405060708090a0b0c0d0e0f";
const LONG = "f0".repeat(64);
const KEY = Uint8Array.from({ length: 16 }, (_, index) => index);

/** What reading fails with. */
async function failure(content: string | Uint8Array): Promise<unknown> {
  return readKeyFile(file("wrong", content), "--key").catch((error: unknown) => error);
}

describe("a key file", () => {
  it("holds a key, between comments", async () => {
    const path = file("plain", `# key\r\n\r\n  ${HEX.toUpperCase()}  \r\n# end`);
    expect(await readKeyFile(path, "--key")).toEqual({ current: KEY });
    expect(await readKeyFile(file("raw", KEY), "--key")).toEqual({ current: KEY });
  });

  it("holds a former key, and ids that are checked", async () => {
    const { id } = await deriveKeys(KEY);
    const path = file("two", `id ${id}\n${HEX}\n${LONG}\n`);
    const former = new Uint8Array(64).fill(0xf0);
    expect(await readKeyFile(path, "--key")).toEqual({ current: KEY, former });
    expect(await failure(`${HEX}\nid ${id}\n${LONG}\n`)).toMatchObject({
      what: `the key's id is not ${id}`,
      where: `${file("wrong")}:3`,
    });
  });

  it.each([
    ["nothing", ""],
    ["comments alone", "# key"],
    ["an id alone", "id 00000000"],
    ["two ids in a row", `id 00000000\nid 00000000\n${HEX}`],
    ["a digit too few", HEX.slice(1)],
    ["a key too many", `${HEX}\n${HEX}\n${HEX}`],
    ["bytes that are no text", new Uint8Array(24).fill(200)],
    ["more than a key file", "#".repeat(20_000) + HEX],
  ])("is refused with %s, which no error shows", async (_, content) => {
    const error = await failure(content);
    expect(error).toMatchObject({ code: "USAGE" });
    expect(JSON.stringify(error) + String(error)).not.toContain(HEX.slice(2));
  });

  it.skipIf(process.platform === "win32").each([0o640, 0o604, 0o620, 0o666])(
    "is refused with mode %o",
    async (mode) => {
      const path = file("open", HEX);
      chmodSync(path, mode);
      const reading = readKeyFile(path, "--key");
      await expect(reading).rejects.toMatchObject({ code: "FILE", where: path });
    },
  );
});

it("digits with one too many are told nowhere: they may be a key", async () => {
  const error = await readMasterKeys(`${HEX}0`, "$ANYFIB_KEY").catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: "USAGE", where: "$ANYFIB_KEY", cause: undefined });
  expect(JSON.stringify(error) + String(error)).not.toContain(HEX);
});
