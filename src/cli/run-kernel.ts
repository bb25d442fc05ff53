/** The kernel's side of the TAP: the router's own addresses, so that it answers to ping. */

import { execFileSync } from "node:child_process";
import { formatAddress, isLinkLocal6 } from "../net/address.ts";
import { formatMac } from "../net/mac.ts";
import { kernelMac, type LoopLink, TAP_MAC } from "../router/loop-messages.ts";

/** Goes after every route that is there: what the kernel answers finds its way to the router. */
const LAST_METRIC = "4294967295";

function ip(args: readonly string[]): string | undefined {
  try {
    execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split("\n").slice(-2).join(" ").trim() : "failed";
  }
}

/** Gives the TAP the router's addresses and a default route; returns what did not work. */
export function addressTap(tap: string, links: readonly LoopLink[]): readonly string[] {
  const faults: string[] = [];
  const run = (...args: readonly string[]): void => {
    const fault = ip(args);
    if (fault !== undefined) faults.push(`ip ${args.join(" ")}: ${fault}`);
  };
  run("link", "set", tap, "address", formatMac(kernelMac(TAP_MAC)), "up");
  for (const { addresses } of links) {
    for (const { address } of addresses) {
      if (isLinkLocal6(address)) continue;
      const bits = address.family === 4 ? 32 : 128;
      const options = address.family === 4 ? [] : ["nodad"];
      run("address", "add", `${formatAddress(address)}/${bits}`, "dev", tap, ...options);
    }
  }
  run("route", "add", "default", "dev", tap, "metric", LAST_METRIC);
  run("-6", "route", "add", "default", "dev", tap, "metric", LAST_METRIC);
  return faults;
}
