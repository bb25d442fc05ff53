/** docs/CLI.md describes the program: its verbs, flags, configuration keys and JSON. */

import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { createForwarder } from "../../src/core.ts";
import { EXIT } from "../../src/net/errors.ts";
import { replayReport } from "../../src/replay/report.ts";
import { CONFIG_KEYS } from "../../src/router/config.ts";
import { moduleBytes } from "../setup/modules.ts";
import { codeSpans, readPage, sectionOf, tableRows } from "./pages.ts";

const page = readPage("docs/CLI.md");
const program = createProgram({
  version: "0",
  terminal: () => {
    throw new Error("no verb runs here");
  },
  exit: () => {},
});

/** Verbs that do something, by their words, and the program itself. */
function verbsOf(command: Command, words: readonly string[] = []): ReadonlyMap<string, Command> {
  const inner = command.commands.flatMap((verb) => [...verbsOf(verb, [...words, verb.name()])]);
  const isLeaf = command.commands.length === 0;
  return new Map(isLeaf ? [[words.join(" "), command] as const, ...inner] : inner);
}

function flagsOf(command: Command): readonly string[] {
  return command.options
    .flatMap(({ short, long }) => [short, long])
    .filter((flag) => typeof flag === "string")
    .sort();
}

/** Flags in the first column of a section's tables. */
function describedFlags(section: string): readonly string[] {
  return tableRows(section)
    .flatMap(([cell = ""]) => codeSpans(cell))
    .filter((code) => code.startsWith("-"))
    .map((code) => code.split(" ", 1).join())
    .sort();
}

/** Headings of the verbs, without what follows their words. */
const headings = [...page.matchAll(/^### (`anyfib ([^`]+)`)$/gm)].map(
  ([, heading = "", usage]) => ({
    heading,
    verb: usage?.match(/^[a-z]+( [a-z][a-z-]*)*/)?.[0] ?? "",
  }),
);

describe("docs/CLI.md", () => {
  it("has a section for each verb", () => {
    expect(headings.map(({ verb }) => verb).sort()).toEqual([...verbsOf(program).keys()].sort());
  });

  it.each(headings)("describes the flags of $verb", ({ heading, verb }) => {
    const command = verbsOf(program).get(verb);
    expect(describedFlags(sectionOf(page, heading))).toEqual(command && flagsOf(command));
  });

  it("describes the flags of every verb", () => {
    expect(describedFlags(sectionOf(page, "Flags of every verb"))).toEqual(flagsOf(program));
  });

  it("describes each key of the configuration", () => {
    const rows = tableRows(sectionOf(page, "Configuration keys"));
    expect(rows.flatMap(([cell = ""]) => codeSpans(cell)).sort()).toEqual(CONFIG_KEYS.toSorted());
  });

  it("describes each exit status", () => {
    const statuses = tableRows(sectionOf(page, "Habits")).map(([cell]) => Number(cell));
    expect(statuses.filter(Number.isFinite)).toEqual(Object.values(EXIT));
  });

  it("shows the fields of a replay's report, in their order", async () => {
    const nextHops = [{ nextHop: "10.0.0.11", site: "lon" }];
    const forwarder = await createForwarder({
      routes: [{ prefix: "0.0.0.0/0", nextHops }],
      module: moduleBytes("release"),
    });
    const info = { file: "", format: "pcap", packets: 0, bytes: 0, truncated: false } as const;
    const report = replayReport(
      forwarder,
      { ...info, truncatedPackets: 0, linkTypes: [] },
      { seconds: 0, readSeconds: 0, forwardingSeconds: 0 },
    );
    const [, shown = ""] = sectionOf(page, "`anyfib replay -r CAPTURE`").match(JSON_BLOCK) ?? [];
    expect(fieldsOf(JSON.parse(shown))).toEqual(fieldsOf(report));
  });
});

const JSON_BLOCK = /```json\n([\s\S]*?)```/;

/** Paths of all fields, those of `drops` left out: they are reasons. */
function fieldsOf(value: unknown, path = ""): readonly string[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value)
    .filter(() => path !== ".drops")
    .flatMap(([field, inner]) => fieldsOf(inner, `${path}.${field}`));
}
