/** What a forwarder is made from, and whether it can be. */

import type { ModuleInput } from "../engine/instantiate.ts";
import type { Limits } from "../engine/memory-plan.ts";
import type { ReplyLimit } from "../engine/replies.ts";
import type { SteeringOptions } from "../engine/steering.ts";
import type { EngineName } from "../engine/table-plan.ts";
import { AnyfibError } from "../net/errors.ts";
import { quoted } from "../net/printable.ts";
import type { RouteTable } from "../rib/route-table.ts";
import type { Agreement } from "./groups.ts";
import type { HashOptions } from "./hash-options.ts";
import type { InterfaceOptions } from "./interfaces.ts";
import { parseMaster, zeroMaster } from "./keys.ts";
import type { QuicOptions } from "./quic.ts";
import type { RouteInput } from "./route-input.ts";
import type { SourceInput } from "./source-rules.ts";
import type { TunnelInput } from "./tunnels.ts";

/** What a forwarder is made from. */
export interface ForwarderOptions {
  /** Tables that were loaded; a later one's routes replace an earlier one's. */
  readonly tables?: readonly RouteTable[];
  /** More routes. */
  readonly routes?: readonly RouteInput[];
  /** The master key: 16 to 64 bytes, or their hexadecimal digits; 16 of zero unless given. */
  readonly key?: Uint8Array | string;
  /** The key that was in force before, while keys are rotated: its snapshots may be restored. */
  readonly formerKey?: Uint8Array | string;
  /** The flow hash: SipHash-1-3 of the 5-tuple unless said. */
  readonly hash?: HashOptions;
  /** The lookup engine: "fast" unless said; "reference" is what it is held against. */
  readonly engine?: EngineName;
  /** "guided" unless said: see Agreement. */
  readonly agreement?: Agreement;
  /** Slots that every table has at least: a power of two, 1,024 to 131,072. */
  readonly slots?: number;
  /** Room for routes and groups beyond those given here. */
  readonly limits?: Partial<Limits>;
  /** Whose flow fragments and tunnels go with: their addresses' own unless said. */
  readonly steering?: SteeringOptions;
  /** Servers that name themselves in connection ids of QUIC. */
  readonly quic?: QuicOptions;
  /** Seconds for which slots that changed hands keep their connections (300); 0 for no pins. */
  readonly pinWindow?: number;
  /** Seconds for which a next hop that drains keeps its connections (300); then it is down. */
  readonly drainTime?: number;
  /** The router's interfaces, for next hops that say `via`; packets to their links are punted. */
  readonly interfaces?: readonly InterfaceOptions[];
  /** Prefixes whose packets are counted, limited or dropped by their source. */
  readonly sources?: readonly SourceInput[];
  /** Tunnels that end here: what they carry is forwarded. */
  readonly tunnels?: readonly TunnelInput[];
  /** ICMP errors about packets that are dropped: none unless said. */
  readonly replies?: ReplyLimit;
  /** Copies a second of ICMP errors that name no flow, to all next hops; none unless said. */
  readonly icmpCopies?: number;
  /** Makes the memory shared, for workers; the module is then that of the `shared` target. */
  readonly shared?: boolean;
  readonly module: ModuleInput;
}

const ENGINES: readonly string[] = ["fast", "reference"];
const AGREEMENTS: readonly string[] = ["guided", "canonical"];

/** The type says what is known; a program without types may not. */
function checkName(what: string, name: string | undefined, known: readonly string[]): void {
  if (name === undefined || known.includes(name)) return;
  throw new AnyfibError({
    code: "USAGE",
    what: `no ${what} is named ${quoted(name)}`,
    hint: `known: ${known.map(quoted).join(", ")}`,
    detail: { [what]: name },
  });
}

/** Longest time that may be asked for: ages of pins are told in 31 bits. */
const SECONDS_MAX = 86_400;

function checkSeconds(what: string, seconds: number | undefined): void {
  if (seconds === undefined) return;
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= SECONDS_MAX) return;
  throw new AnyfibError({
    code: "USAGE",
    what: `${what} is ${seconds} seconds`,
    hint: `give a whole number from 0 to ${SECONDS_MAX}`,
    detail: { [what]: seconds },
  });
}

/** Checks what types say of options' values. Throws USAGE. */
export function checkOptions({ engine, agreement, pinWindow, drainTime }: ForwarderOptions): void {
  checkName("engine", engine, ENGINES);
  checkName("agreement", agreement, AGREEMENTS);
  checkSeconds("pinWindow", pinWindow);
  checkSeconds("drainTime", drainTime);
}

/** The bytes of a master key; throws USAGE where it is none. */
export function masterOf(key: Uint8Array | string | undefined): Uint8Array {
  if (key === undefined) return zeroMaster();
  const bytes = typeof key === "string" ? parseMaster(key.trim()) : key;
  if (bytes !== undefined) return bytes;
  throw new AnyfibError({
    code: "USAGE",
    what: "the key is not 32 to 128 hexadecimal digits",
    hint: "give 16 to 64 bytes, or two hexadecimal digits for each",
    detail: { characters: key.length },
  });
}
