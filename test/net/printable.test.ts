/** No text of a file or the wire can move the cursor or fill the screen. */

import { expect, it } from "vitest";
import { printable, quoted } from "../../src/net/printable.ts";

it("escapes all but printable ASCII", () => {
  expect(printable("a\u001b[2J\r\n\u0000\u007f\u00e9\u202e\u{1f600}\ud800 ~")).toBe(
    "a\\x1b[2J\\x0d\\x0a\\x00\\x7f\\xe9\\u{202e}\\u{1f600}\\u{d800} ~",
  );
});

it("quotes and cuts", () => {
  expect(quoted("10.0.0.0/8")).toBe('"10.0.0.0/8"');
  expect(quoted("x".repeat(60))).toBe(`"${"x".repeat(60)}"`);
  expect(quoted("x".repeat(61))).toBe(`"${"x".repeat(60)}…"`);
});
