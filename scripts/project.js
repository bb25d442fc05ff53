/** Facts about the project that the scripts and the tests share. */

import { fileURLToPath } from "node:url";

/** The folder of package.json. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** @typedef {"debug" | "release" | "shared"} Target */

/**
 * The targets of asconfig.json: with asserts and names; optimised; optimised over shared memory.
 * @type {readonly Target[]}
 */
export const TARGETS = ["debug", "release", "shared"];
