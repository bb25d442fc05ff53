/** `anyfib explain`: the whole journey of a packet, and where it would go instead. */

import { createForwarder, openCapture } from "../index.ts";
import { parseAddress } from "../net/address.ts";
import { AnyfibError, EXIT } from "../net/errors.ts";
import { openAgain } from "../node/open.ts";
import { type ExplainedFrame, Explainer, type Explanation } from "../replay/explain.ts";
import { frameFromFlow, frameFromHex } from "../replay/explained-frame.ts";
import { OriginTable } from "../rib/origins.ts";
import { RouteTable } from "../rib/route-table.ts";
import { decidedText } from "./decided-routes.ts";
import {
  type DecidedRoute,
  type DecisionInputs,
  type Dump,
  decisionsOf,
} from "./explain-decision.ts";
import { explainText } from "./explain-text.ts";
import { parseFlow } from "./flow.ts";
import { flaggedVrps, type OriginJson, originJson, type RpkiFlags } from "./origin-states.ts";
import { readTables, type TableFlags } from "./tables.ts";
import type { Terminal } from "./terminal.ts";

interface ExplainFlags extends TableFlags, RpkiFlags {
  readonly r?: string;
  readonly c?: number;
  readonly packet?: number;
  readonly hex?: string;
  readonly dst?: string;
  readonly flow?: string;
  readonly input?: string;
  readonly json?: true;
}

const REPLIES = { rate: Number.POSITIVE_INFINITY };
/** A router of one route. */
const SMALL = { routes4: 1, routes6: 1, nextHops: 4096, groups: 64, slotBytes: 2 ** 24 };

/** Exit status 1 where no packet was forwarded, as for a lookup without an answer. */
export async function explainVerb(terminal: Terminal, flags: ExplainFlags): Promise<number> {
  checkSource(flags);
  const inputs = flags.r ? [flags.r] : [];
  const origins = new OriginTable();
  const vrps = await flaggedVrps(terminal, flags, [...inputs, ...(flags.table ?? [])]);
  const dumps: Dump[] = [];
  const open = openAgain();
  const options = await readTables("explain", flags, terminal, inputs, {
    origins,
    vrps,
    onDump: (file, choice) => dumps.push({ file, choice }),
    open,
  });
  const forwarder = await createForwarder({ ...options, replies: REPLIES });
  if (flags.input !== undefined) forwarder.setInput(flags.input);
  const [table = new RouteTable()] = options.tables;
  const explainer = new Explainer(forwarder, table, (tables) =>
    createForwarder({ ...options, tables, limits: { ...options.limits, ...SMALL } }),
  );
  const explanations: Explanation[] = [];
  try {
    for await (const frame of framesOf(flags)) explanations.push(await explainer.explain(frame));
  } finally {
    // Routes of BGP tables have an origin, and so a decision that can be told.
    const known = explanations.map(({ match }) => originJson(match?.prefix, origins, vrps));
    const asked = explanations.flatMap(({ match }, n) => (match && known[n] ? [match.prefix] : []));
    const decisions = await knownDecisions(terminal, { dumps, vrps, open }, new Set(asked));
    const told = explanations.map((explanation, n) => {
      const decision = decisions.get(explanation.match?.prefix ?? "") ?? null;
      return { explanation, origin: known[n] ?? null, decision };
    });
    await terminal.print(flags.json ? toldJson(told) : toldText(terminal, told));
  }
  const isForwarded = explanations.some(({ verdict }) => verdict === "forward");
  return isForwarded ? EXIT.ok : EXIT.negative;
}

/** The decisions, without those of a standard input that was too long to be kept. */
async function knownDecisions(
  terminal: Terminal,
  inputs: DecisionInputs,
  prefixes: ReadonlySet<string>,
): ReturnType<typeof decisionsOf> {
  try {
    return await decisionsOf(inputs, prefixes);
  } catch (error) {
    if (!(error instanceof AnyfibError) || error.code !== "USAGE") throw error;
    terminal.note(`warning: no decision is told: ${error.what}; ${error.hint}`);
    return new Map();
  }
}

/** A packet, and what is known of its route besides. */
interface Told {
  readonly explanation: Explanation;
  readonly origin: OriginJson | null;
  readonly decision: readonly DecidedRoute[] | null;
}

function toldJson(told: readonly Told[]): string {
  const rows = told.map(({ explanation, origin, decision }) => ({
    ...explanation,
    origin,
    decision: decision?.map(({ row, outcome }) => ({ ...row, ...outcome })) ?? null,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

function toldText(terminal: Terminal, told: readonly Told[]): string {
  return told
    .map(({ explanation, origin, decision }) => {
      const lines = decision?.map(({ row, outcome }) => decidedText(row, outcome)) ?? [];
      return explainText(terminal, explanation, { origin, decision: lines });
    })
    .join("\n");
}

/** One of the three, and nothing that belongs to another. */
function checkSource({ r, hex, dst, flow, c, packet }: ExplainFlags): void {
  const given = [r, hex, dst].filter((source) => source !== undefined).length;
  const isMixed = (flow !== undefined && dst === undefined) || ((c ?? packet) && r === undefined);
  if (given === 1 && !isMixed) return;
  throw new AnyfibError({
    code: "USAGE",
    what: given === 1 ? "flags that do not go together" : "one packet source is wanted",
    where: "anyfib explain",
    hint: "give -r FILE (with -c N or --packet N), --hex DIGITS, or --dst ADDRESS (with --flow)",
  });
}

async function* framesOf(flags: ExplainFlags): AsyncGenerator<ExplainedFrame> {
  const { r, hex, dst, flow } = flags;
  if (hex !== undefined) yield frameFromHex(hex);
  if (dst !== undefined) {
    const address = parseAddress(dst);
    if (address === undefined) {
      const hint = "give an IPv4 or IPv6 address";
      throw new AnyfibError({ code: "USAGE", what: `${dst} is no address`, where: "--dst", hint });
    }
    yield frameFromFlow(address, flow === undefined ? undefined : parseFlow(flow));
  }
  if (r !== undefined) yield* capturedFrames(r, flags);
}

/** The packets that were asked for; the first alone unless said. Throws where there are fewer. */
async function* capturedFrames(
  file: string,
  { c, packet }: ExplainFlags,
): AsyncGenerator<ExplainedFrame> {
  const first = packet ?? 1;
  const last = packet ?? c ?? 1;
  const reader = await createForwarder({ limits: { ...SMALL, slotBytes: 0 } });
  await using capture = await openCapture(file, reader, { count: last });
  const { batch } = reader.engine;
  let number = 0;
  while ((await capture.next()) > 0) {
    for (let index = 0; index < batch.count; index++) {
      number += 1;
      if (number < first) continue;
      const start = batch.offsets[index] ?? 0;
      yield {
        n: number,
        bytes: batch.bytes.slice(start, start + (batch.lengths[index] ?? 0)),
        linkType: batch.linkTypes[index] ?? 0,
        originalLength: batch.originalLengths[index] ?? 0,
        timestampNs: batch.timestamps[index] ?? 0n,
      };
    }
  }
  if (number >= first) return;
  throw new AnyfibError({
    code: "USAGE",
    what: `there is no packet ${first}`,
    where: file,
    hint: `the capture has ${number}`,
    detail: { packet: first, packets: number },
  });
}
