/** An explanation as text for people: one decision a line. */

import type { ExplainedNextHop, ExplainedRoute, Explanation } from "../replay/explain.ts";
import type { OriginJson } from "./origin-states.ts";
import type { Terminal } from "./terminal.ts";

/** Bytes of a frame that are shown: headers, and a bit of what they carry. */
const SHOWN_BYTES = 96;
const INDENT = 12;

/** Whose flow a packet goes with, where not its own. */
const STEERED: Readonly<Record<string, string>> = {
  quoted: "goes with the flow that it quotes",
  inner: "goes with the flow inside its tunnel",
  tracked: "goes with its first fragment",
  copied: "names no flow, so every next hop gets a copy",
  connection: "goes to the server that its connection id names",
};

/** What is known of a packet's route besides. */
export interface RouteNotes {
  readonly origin: OriginJson | null;
  /** Lines about the routes that it was chosen among. */
  readonly decision: readonly string[];
}

/** The text of one packet. */
export function explainText(
  terminal: Terminal,
  explanation: Explanation,
  { origin, decision }: RouteNotes,
): string {
  const {
    packet,
    tunnel,
    source,
    match,
    meter,
    passed_over: passedOver,
    group,
    hash,
  } = explanation;
  const rows: (readonly [string, string])[] = [
    ["packet", `${packet.n}: ${packet.bytes} of ${packet.original_bytes} bytes`],
    ...(tunnel === null ? [] : [["tunnel", tunnelLine(tunnel)] as const]),
    ["parse", parseLine(explanation)],
    ...(source === null ? [] : [["source", `${source.prefix} ${source.action}`] as const]),
    ["match", match === null ? "no prefix covers the destination" : routeLine(match)],
    ...(meter === null ? [] : [["meter", `${meter.prefix} ${meter.action}`] as const]),
    ...(origin === null ? [] : [["origin", originLine(origin)] as const]),
    ...decision.map((line) => ["decision", line] as const),
    ...passedOver.map((route) => ["passed over", `${routeLine(route)} (shorter)`] as const),
  ];
  if (group.length > 0) rows.push(["serves", group.map(memberLine).join(", ")]);
  if (hash !== null) {
    rows.push(["hash", `${hash.value} under key ${hash.key_id}`]);
    rows.push(["slot", `${hash.slot} of ${hash.slots}`]);
  }
  rows.push(["verdict", verdictLine(explanation)]);
  for (const { hex, original_bytes: bytes } of explanation.frames) {
    rows.push(["leaves", `${bytes} bytes: ${shown(hex)}`]);
  }
  if (explanation.reply !== null) {
    const { type, code, hex } = explanation.reply;
    rows.push(["reply", `ICMP type ${type} code ${code}: ${shown(hex)}`]);
  }
  for (const loss of explanation.if_lost) {
    const where = loss.moves ? `goes to ${named(loss.next_hop, loss.site)}` : "stays";
    rows.push(["if lost", `${loss.lost}: ${where}`]);
  }
  const lines = rows.map(
    ([name, text]) => `${terminal.style("bold", name.padEnd(INDENT))}${text}\n`,
  );
  return lines.join("");
}

function tunnelLine({ name, opened }: NonNullable<Explanation["tunnel"]>): string {
  return `${name} ends here: ${opened ? "this packet was inside" : "not opened"}`;
}

function parseLine({ parse }: Explanation): string {
  if (parse === null) return "no IP packet could be read";
  const { src, dst, proto, sport, dport, ttl } = parse;
  const port = (value: number | null): string => (value === null ? "" : ` port ${value}`);
  const extras = [
    parse.fragment ? "fragment" : "",
    parse.segment === null ? "" : `${parse.segment} a connection`,
    STEERED[parse.steered ?? ""] ?? "",
  ].filter((text) => text !== "");
  const ends = `${src}${port(sport)} to ${dst}${port(dport)}`;
  return [`IPv${parse.family} protocol ${proto}, ${ends}, TTL ${ttl}`, ...extras].join(", ");
}

function routeLine({ prefix, kind, next_hops: nextHops }: ExplainedRoute): string {
  return kind === "via"
    ? `${prefix} via ${nextHops.map(memberLine).join(", ")}`
    : `${prefix} ${kind}`;
}

function originLine({ as, rpki, vrps }: OriginJson): string {
  const name = as === null ? "no one AS" : `AS${as}`;
  if (rpki === null) return name;
  const texts = vrps.map(({ prefix, max_length: max, as: allowed }) => {
    return `${prefix}-${max} AS${allowed}`;
  });
  return `${name}, ${rpki}${texts.length === 0 ? "" : ` by ${texts.join(", ")}`}`;
}

function memberLine({ next_hop: nextHop, site, weight, cost }: ExplainedNextHop): string {
  return `${named(nextHop, site)}*${weight}${cost === 0 ? "" : ` at cost ${cost}`}`;
}

function named(nextHop: string | null, site: string | null): string {
  if (nextHop === null) return "nowhere";
  return site === null ? nextHop : `${site} (${nextHop})`;
}

function verdictLine({ verdict, reason, next_hop: nextHop, site }: Explanation): string {
  if (verdict === "forward") return `forward to ${named(nextHop, site)}`;
  return reason === null ? verdict : `${verdict}: ${reason}`;
}

function shown(hex: string): string {
  return hex.length <= 2 * SHOWN_BYTES ? hex : `${hex.slice(0, 2 * SHOWN_BYTES)}…`;
}
