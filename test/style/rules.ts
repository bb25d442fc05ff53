/** All rules that look at one file. */

import { ASSEMBLY_RULES } from "./assembly-rules.ts";
import { DOCUMENTATION_RULES } from "./documentation-rules.ts";
import { HOST_RULES } from "./host-rules.ts";
import { SHAPE_RULES } from "./shape-rules.ts";
import type { Rule } from "./source.ts";
import { TEXT_RULES } from "./text-rules.ts";

/** The rules, in the order of docs and reports. */
export const RULES: readonly Rule[] = [
  ...TEXT_RULES,
  ...SHAPE_RULES,
  ...DOCUMENTATION_RULES,
  ...HOST_RULES,
  ...ASSEMBLY_RULES,
];
