/** Packages that are rivals, not dependencies: taken from a folder of their own, or skipped. */

import { createRequire } from "node:module";
import path from "node:path";
import type { Skip } from "./rival.ts";

/** What to install: the versions that were tried. */
const VERSIONS = new Map([
  ["cap", "0.2.1"],
  ["longest-prefix-match", "1.3.1"],
  ["mmdb-lib", "3.0.3"],
]);

/** A package that was found. */
export interface NpmPackage {
  /** What it exports: whoever takes it checks that its parts are there. */
  readonly exports: unknown;
  /** Name and version. */
  readonly library: string;
}

/** Loads a rival from the folder that ANYFIB_RIVALS names, or says what to install there. */
export function npmPackage(name: string): NpmPackage | Skip {
  const folder = process.env.ANYFIB_RIVALS ?? "bench/rivals";
  const require = createRequire(path.resolve(folder, "package.json"));
  try {
    const manifest: { readonly version: string } = require(`${name}/package.json`);
    return { exports: require(name), library: `${name} ${manifest.version}` };
  } catch {
    const wanted = [...VERSIONS].map((pair) => pair.join("@")).join(" ");
    const command = `npm install --no-save --prefix ${folder} ${wanted}`;
    return { skip: `${name} is not in ${folder}: ${command}` };
  }
}
