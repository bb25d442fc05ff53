/** Every link from one page to another, or to a file, leads somewhere. */

import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../scripts/project.js";
import { anchorsOf, pagesBelow, readPage, withoutCode } from "./pages.ts";

/** Targets of `[text](target)` that are not addresses on the web. */
function internalLinks(text: string): readonly string[] {
  const prose = withoutCode(text).replace(/`[^`]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? page : path.posix.join(path.posix.dirname(page), file);
  if (!existsSync(path.join(ROOT, target))) return false;
  return anchor === undefined || anchorsOf(readPage(target)).has(anchor);
}

describe.each(pagesBelow())("%s", (page) => {
  it("has no broken link", () => {
    const broken = internalLinks(readPage(page)).filter((link) => !leadsSomewhere(page, link));
    expect(broken).toEqual([]);
  });
});

it("a broken link is seen", () => {
  const text = "[a](../docs/none.md) [b](CLI.md#none) [c](CLI.md#tables) [d](https://a.example)";
  const broken = internalLinks(text).filter((link) => !leadsSomewhere("docs/formats.md", link));
  expect(broken).toEqual(["../docs/none.md", "CLI.md#none"]);
});
