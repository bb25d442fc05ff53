/** The section `tunnels` of the configuration: where tunnels end. */

import * as v from "valibot";
import type { TunnelInput } from "./tunnels.ts";

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));

/** One tunnel. */
export const tunnelSchema = v.strictObject({
  addresses: v.array(v.string()),
  kinds: v.optional(v.array(v.picklist(["ipip", "gue"])), ["ipip", "gue"]),
  port: v.optional(port, 6080),
  sources: v.optional(v.array(v.string()), []),
  second_chance: v.optional(v.boolean(), false),
});

/** Keys that a tunnel knows. */
export const TUNNEL_KEYS: string = Object.keys(tunnelSchema.entries).join(", ");

/** A tunnel of the configuration as a forwarder takes it. */
export function tunnelInput(
  name: string,
  { second_chance: secondChance, ...rest }: v.InferOutput<typeof tunnelSchema>,
): TunnelInput {
  return { name, ...rest, secondChance };
}
