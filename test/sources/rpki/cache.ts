/** What an RTR cache sends, as tests write it. */

import { prefixOf } from "../../rib/vrps.ts";

/** A PDU: its type, the second field of its header, and what follows. */
export function pdu(
  type: number,
  field: number,
  body: readonly number[] | Uint8Array = [],
  version = 1,
): Uint8Array {
  const bytes = new Uint8Array(8 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, version);
  view.setUint8(1, type);
  view.setUint16(2, field);
  view.setUint32(4, bytes.length);
  bytes.set(body, 8);
  return bytes;
}

function u32(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [index, value] of values.entries()) view.setUint32(4 * index, value);
  return new Uint8Array(view.buffer);
}

/** `+PREFIX-MAXLENGTH AS` announced, `-…` withdrawn. */
export function prefixPdu(line: string, version = 1): Uint8Array {
  const [, sign, text = "", max = "", as = ""] = line.match(/^([+-])(\S+)-(\d+) (\d+)$/) ?? [];
  const { family, length, words } = prefixOf(text);
  const address = u32(...words.subarray(0, family === 4 ? 1 : 4));
  const flags = sign === "+" ? 1 : 0;
  const body = [flags, length, Number(max), 0, ...address, ...u32(Number(as))];
  return pdu(family, 0, body, version);
}

export const notify = (session: number, serial: number): Uint8Array => pdu(0, session, u32(serial));
export const response = (session: number, version = 1): Uint8Array => pdu(3, session, [], version);
export const cacheReset = (): Uint8Array => pdu(8, 0);
export const routerKey = (): Uint8Array => pdu(9, 0x100, new Uint8Array(60));

/** An end of data; version 0 has no times. */
export function endOfData(session: number, serial: number, times = [10, 5, 700]): Uint8Array {
  return pdu(7, session, u32(serial, ...times));
}

export const endOfData0 = (session: number, serial: number): Uint8Array =>
  pdu(7, session, u32(serial), 0);

export function errorPdu(code: number, text: string, version = 1): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return pdu(10, code, [...u32(0), ...u32(bytes.length), ...bytes], version);
}

/** The PDUs one behind the other. */
export function joined(...pdus: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pdus.flatMap((bytes) => [...bytes]));
}

/** What a router sent, named. */
export function nameOf(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [version, type, field] = [view.getUint8(0), view.getUint8(1), view.getUint16(2)];
  if (type === 1) return `v${version} serial ${field} ${view.getUint32(8)}`;
  return type === 2 ? `v${version} reset` : `v${version} error ${field}`;
}
