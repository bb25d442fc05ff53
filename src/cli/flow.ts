/** The flow that `--flow` describes: `SRC[:PORT],PROTO[,DPORT]`. */

import type { FlowTuple } from "../engine/flow-record.ts";
import { parseAddress } from "../net/address.ts";
import { AnyfibError } from "../net/errors.ts";

const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ["icmp", 1],
  ["tcp", 6],
  ["udp", 17],
  ["dccp", 33],
  ["gre", 47],
  ["esp", 50],
  ["icmp6", 58],
  ["sctp", 132],
  ["udplite", 136],
]);

/** Protocols whose ports the packet path reads: TCP, UDP, DCCP, SCTP, UDP-Lite. */
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

function wrong(flow: string, what: string): AnyfibError {
  return new AnyfibError({
    code: "USAGE",
    what,
    where: `--flow ${flow}`,
    hint: "write SRC[:PORT],PROTO[,DPORT], as in 192.0.2.7:1234,tcp,443 or [2001:db8::7]:1,17,443",
    detail: { flow },
  });
}

function numberUpTo(text: string, most: number): number | undefined {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return value <= most ? value : undefined;
}

/** Splits `ADDRESS`, `ADDRESS:PORT` and `[ADDRESS]:PORT`; a bare IPv6 address has no port. */
function splitEndpoint(text: string): readonly [address: string, port: string | undefined] {
  const [, bracketed, behind] = text.match(/^\[(.*)\](?::(.*))?$/) ?? [];
  if (bracketed !== undefined) return [bracketed, behind];
  const parts = text.split(":");
  return parts.length === 2 ? [parts[0] ?? "", parts[1]] : [text, undefined];
}

/** Parses a flow; throws USAGE with the form that is wanted. */
export function parseFlow(flow: string): Omit<FlowTuple, "destination"> {
  const [endpoint = "", protocolText = "", portText, ...rest] = flow.split(",");
  if (rest.length > 0) throw wrong(flow, "there is more than a flow");
  const [addressText, sourcePortText] = splitEndpoint(endpoint);
  const source = parseAddress(addressText);
  if (source === undefined) throw wrong(flow, `${JSON.stringify(addressText)} is no address`);
  const protocol = PROTOCOLS.get(protocolText.toLowerCase()) ?? numberUpTo(protocolText, 255);
  if (protocol === undefined) {
    throw wrong(flow, `${JSON.stringify(protocolText)} is no protocol`);
  }
  if (sourcePortText === undefined && portText === undefined) return { source, protocol };
  if (!WITH_PORTS.has(protocol)) throw wrong(flow, `protocol ${protocol} has no ports`);
  const sourcePort = numberUpTo(sourcePortText ?? "0", 65535);
  const destination = numberUpTo(portText ?? "0", 65535);
  if (sourcePort === undefined || destination === undefined) {
    throw wrong(flow, "a port is out of range");
  }
  return { source, protocol, ports: { source: sourcePort, destination } };
}
