/** The terminal: colours where they are wanted, quiet where it is asked for. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ColorMode, Terminal } from "../../src/cli/terminal.ts";

const { signal } = new AbortController();
const terminal = (color: ColorMode, quiet = false) => new Terminal({ quiet, color, signal });

function isColored(color: ColorMode): boolean {
  const text = terminal(color).style("bold", "text");
  expect(text === "text" || text === "\x1b[1mtext\x1b[22m").toBe(true);
  return text !== "text";
}

describe("colours", () => {
  beforeEach(() => {
    vi.stubEnv("NO_COLOR", undefined);
    vi.stubEnv("FORCE_COLOR", undefined);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  /** Lets stdout be a terminal, or not. */
  const stubTty = (isTty: boolean): void => {
    vi.spyOn(process, "stdout", "get").mockReturnValue(
      Object.create(process.stdout, { isTTY: { value: isTty } }),
    );
  };

  it("are for a terminal alone, unless a flag says otherwise", () => {
    stubTty(true);
    expect([isColored("auto"), isColored("always"), isColored("never")]).toEqual([
      true,
      true,
      false,
    ]);
    stubTty(false);
    expect([isColored("auto"), isColored("always"), isColored("never")]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it.each([
    [{ NO_COLOR: "1" }, true, false],
    [{ NO_COLOR: "" }, true, true],
    [{ FORCE_COLOR: "1" }, false, true],
    [{ FORCE_COLOR: "0" }, true, false],
    [{ NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
  ])("follow %j", (env, isTty, expected) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    stubTty(isTty);
    expect(isColored("auto")).toBe(expected);
    expect(isColored("always")).toBe(true);
    expect(isColored("never")).toBe(false);
  });
});

describe("notes and progress", () => {
  afterEach(() => vi.restoreAllMocks());

  it("go to stderr, unless quiet", () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    terminal("never").note("one");
    terminal("never", true).note("two");
    expect(write.mock.calls).toEqual([["one\n"]]);
  });

  it("are silent where nobody watches", () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const progress = terminal("never").progress("packets");
    progress.update(1);
    progress.stop();
    expect(write).not.toHaveBeenCalled();
  });
});
