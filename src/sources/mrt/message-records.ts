/**
 * The records of BGP messages and of sessions (RFC 6396 section 4.4, RFC 8050): what peers
 * announced and withdrew, in time.
 *
 *     BGP4MP      peer AS, local AS 2 or 4 | interface u16 | AFI u16 | two addresses | message
 *     BGP4MP_ET   microseconds u32 | the same
 *     BGP         peer AS u16 | peer u32 | local AS u16 | local u32 | UPDATE without its header
 *     a change of state has the old state u16 and the new one u16 in place of the message
 *
 * The records named BGP are those of the first collectors (RFC 6396 appendix B.2.5).
 */

import type { Address } from "../../net/address.ts";
import type { AttributeSets } from "../bgp/attribute-sets.ts";
import { readAddress6, readAs } from "../bgp/attribute-values.ts";
import { type BgpMessage, readMessage, readUpdateBody } from "../bgp/message.ts";
import type { BgpUpdate } from "../bgp/update.ts";
import type { ByteReader } from "../byte-reader.ts";
import type { PeerTable } from "./peers.ts";
import { BGP, BGP4MP_ET, type RecordPlace } from "./records.ts";

/** What a subtype of BGP4MP holds. */
interface MessageSubtype {
  readonly asBytes: 2 | 4;
  readonly hasPathIds: boolean;
  /** Sent by the collector itself. */
  readonly isLocal: boolean;
}

const subtype = (asBytes: 2 | 4, hasPathIds: boolean, isLocal: boolean): MessageSubtype => ({
  asBytes,
  hasPathIds,
  isLocal,
});

/** Messages (RFC 6396 section 4.4, RFC 8050 section 3). */
const MESSAGES: ReadonlyMap<number, MessageSubtype> = new Map([
  [1, subtype(2, false, false)],
  [4, subtype(4, false, false)],
  [6, subtype(2, false, true)],
  [7, subtype(4, false, true)],
  [8, subtype(2, true, false)],
  [9, subtype(4, true, false)],
  [10, subtype(2, true, true)],
  [11, subtype(4, true, true)],
]);
/** BGP4MP_STATE_CHANGE and BGP4MP_STATE_CHANGE_AS4, and bytes of an AS in them. */
const STATE_CHANGES: ReadonlyMap<number, 2 | 4> = new Map<number, 2 | 4>([
  [0, 2],
  [5, 4],
]);
/** Subtypes of BGP: 0 says nothing, 5 to 7 are the other messages. */
const BGP_UPDATE = 1;
const BGP_STATE_CHANGE = 3;
const BGP_OTHERS: ReadonlySet<number> = new Set([5, 6, 7]);

const AFI_IPV4 = 1;
const AFI_IPV6 = 2;

/** What records of sessions have in common. */
interface Recorded {
  readonly type: "BGP" | "BGP4MP" | "BGP4MP_ET";
  /** Seconds since 1970, and microseconds where the type has them. */
  readonly seconds: number;
  readonly microseconds: number;
  /** Number of the peer in the table of peers. */
  readonly peer: number;
}

/** An UPDATE of a file. */
export interface RecordedUpdate extends Recorded {
  readonly kind: "update";
  readonly isLocal: boolean;
  readonly hasPathIds: boolean;
  readonly update: BgpUpdate;
}

/** A change of a session's state, 1 (Idle) to 6 (Established). */
export interface RecordedState extends Recorded {
  readonly kind: "state";
  readonly before: number;
  readonly after: number;
}

/** The state of a session in which routes are exchanged (RFC 4271 section 8.2.2). */
const ESTABLISHED = 6;

/** Whether a session ends, and its routes with it. */
export function endsSession({ before, after }: Pick<RecordedState, "before" | "after">): boolean {
  return before === ESTABLISHED && after !== ESTABLISHED;
}

/** What a record of a session holds. */
export type SessionRecord = RecordedUpdate | RecordedState | { readonly kind: "other" };

/** Whether records of a type and subtype are read here. */
export function isSessionRecord(type: number, kind: number): boolean {
  if (type === BGP) return kind === BGP_UPDATE || kind === BGP_STATE_CHANGE || BGP_OTHERS.has(kind);
  return MESSAGES.has(kind) || STATE_CHANGES.has(kind);
}

/** Reads records of sessions. */
export class SessionRecordReader {
  readonly #sets: AttributeSets;
  readonly #peers: PeerTable;

  constructor(sets: AttributeSets, peers: PeerTable) {
    this.#sets = sets;
    this.#peers = peers;
  }

  /** Reads a record that isSessionRecord knows. Throws Malformed. */
  read(type: number, kind: number, body: ByteReader, { seconds }: RecordPlace): SessionRecord {
    if (type === BGP) return this.#readBgp(kind, body, seconds);
    const microseconds = type === BGP4MP_ET ? body.u32("the microseconds") : 0;
    const name: Recorded["type"] = type === BGP4MP_ET ? "BGP4MP_ET" : "BGP4MP";
    const time = { type: name, seconds, microseconds };
    const asBytes = STATE_CHANGES.get(kind);
    if (asBytes !== undefined) {
      const peer = this.#readSession(body, asBytes);
      return { kind: "state", ...time, peer, ...readStates(body) };
    }
    const layout = MESSAGES.get(kind) ?? body.fail(`subtype ${kind}`);
    const peer = this.#readSession(body, layout.asBytes);
    const options = { ...layout, sets: this.#sets, isLenient: true };
    const update = updateOf(body, readMessage(body.rest(), options));
    if (update === undefined) return { kind: "other" };
    const { isLocal, hasPathIds } = layout;
    return { kind: "update", ...time, peer, isLocal, hasPathIds, update };
  }

  /** The number of the peer of a session, whose description is read to its end. */
  #readSession(body: ByteReader, asBytes: 2 | 4): number {
    const as = readAs(body, asBytes);
    readAs(body, asBytes);
    body.skip(2, "the interface");
    const afi = body.u16("an address family");
    const address = readAddress(body, afi);
    readAddress(body, afi);
    return this.#peers.intern(address, as, 0);
  }

  #readBgp(kind: number, body: ByteReader, seconds: number): SessionRecord {
    if (BGP_OTHERS.has(kind)) return { kind: "other" };
    const as = body.u16("an AS");
    const peer = this.#peers.intern4(body.u32("a peer"), as, 0);
    const time = { type: "BGP", seconds, microseconds: 0, peer } as const;
    if (kind === BGP_STATE_CHANGE) return { kind: "state", ...time, ...readStates(body) };
    body.skip(6, "the collector's end of a session");
    const options = { hasPathIds: false, asBytes: 2, sets: this.#sets, isLenient: true } as const;
    const update = updateOf(body, readUpdateBody(body.rest(), options));
    if (update === undefined) return { kind: "other" };
    return { kind: "update", ...time, isLocal: false, hasPathIds: false, update };
  }
}

function updateOf(body: ByteReader, message: BgpMessage): BgpUpdate | undefined {
  if (message.kind === "reset") return body.fail(message.what);
  return message.kind === "update" ? message.update : undefined;
}

function readStates(body: ByteReader): { readonly before: number; readonly after: number } {
  return { before: body.u16("a state"), after: body.u16("a state") };
}

function readAddress(reader: ByteReader, afi: number): Address {
  if (afi === AFI_IPV4) return { family: 4, value: reader.u32("an address of a session") };
  if (afi !== AFI_IPV6) return reader.fail(`${afi} is no address family of a session`);
  return readAddress6(reader);
}
