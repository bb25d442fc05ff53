/**
 * The server id in the connection id of a QUIC packet, for servers that put one there: it outlives
 * a change of the client's address (draft-ietf-quic-load-balancers, 3 and 5.2: the first octet,
 * then the id in plain). Only what holds for all versions is read (RFC 8999, 5).
 *
 *   long header   | 1 form bit | . | version 4 | length 1 | destination connection id …
 *   short header  | 0 form bit | . | destination connection id, of the servers' length
 */

import {
  HEADER,
  HEADER_SERVERS,
  SERVER_ADJACENCY,
  SERVER_BYTES,
  SERVERS_COUNT,
  SERVERS_ENTRIES,
  SERVERS_ID_BYTES,
  SERVERS_PORT,
} from "../layout";
import { Flow } from "../memory/records";

const PROTOCOL_UDP: u8 = 17;
const UDP_BYTES: u32 = 8;
const LONG_FORM: u32 = 0x80;
const LENGTH_AT: u32 = 5;
const LONG_ID_AT: u32 = 6;
const SHORT_ID_AT: u32 = 1;
/** Longest connection id of versions 1 and 2. */
const ID_BYTES_MAX: u32 = 20;
/** Of a connection id: what says how it is made. */
const CONFIGURATION_BYTES: u32 = 1;

/** The adjacency of the server that a packet's connection id names; 0 where it names none. */
export function quicServer(flow: Flow): u32 {
  const servers = load<u32>(HEADER, HEADER_SERVERS);
  if (flow.protocol != PROTOCOL_UDP || flow.transport == 0) return 0;
  if (flow.destinationPort != load<u32>(servers, SERVERS_PORT)) return 0;
  const idBytes = load<u32>(servers, SERVERS_ID_BYTES);
  const payload = flow.network + flow.transport + UDP_BYTES;
  const end = flow.network + flow.capturedBytes;
  const id = serverId(payload, end, idBytes);
  return id == 0 ? 0 : serverFind(servers, id, idBytes);
}

/** Where the server id stands between `payload` and `end`; 0 where there is no room for one. */
function serverId(payload: u32, end: u32, idBytes: u32): u32 {
  if (payload + LONG_ID_AT > end) return 0;
  const wanted = CONFIGURATION_BYTES + idBytes;
  let id = payload + SHORT_ID_AT;
  if (load<u8>(payload) & LONG_FORM) {
    const length = <u32>load<u8>(payload, LENGTH_AT);
    if (length < wanted || length > ID_BYTES_MAX) return 0;
    id = payload + LONG_ID_AT;
  }
  return id + wanted <= end ? id + CONFIGURATION_BYTES : 0;
}

function serverFind(servers: u32, id: u32, idBytes: u32): u32 {
  const count = load<u32>(servers, SERVERS_COUNT);
  for (let index: u32 = 0; index < count; index++) {
    const entry = servers + SERVERS_ENTRIES + index * SERVER_BYTES;
    if (isEqual(entry, id, idBytes)) return load<u32>(entry, SERVER_ADJACENCY);
  }
  return 0;
}

function isEqual(a: u32, b: u32, bytes: u32): bool {
  for (let at: u32 = 0; at < bytes; at++) {
    if (load<u8>(a + at) != load<u8>(b + at)) return false;
  }
  return true;
}
