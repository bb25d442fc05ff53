/**
 * Speaks BGP from several addresses at once: reads a JSON document of sessions from standard input,
 * opens each, sends its messages once it is established, and keeps it up until it is ended. What it
 * learns is not looked at; a NOTIFICATION is told, with its code.
 */

import { connect } from "node:net";
import { text } from "node:stream/consumers";

/**
 * @typedef {object} Session
 * @property {string} from the address that it comes from
 * @property {string} to the router's
 * @property {number} as
 * @property {string} routerId
 * @property {string} messages UPDATEs in base64
 */

const PORT = 179;
const HOLD_SECONDS = 180;
const AGAIN_MS = 200;
const KEEPALIVE_MS = 10_000;
const TYPE = { open: 1, notification: 3, keepalive: 4 };
const AS_TRANS = 23_456;

/** @param {number} type @param {readonly number[]} body */
function message(type, body) {
  const bytes = Buffer.alloc(19 + body.length, 255);
  bytes.writeUInt16BE(bytes.length, 16);
  bytes[18] = type;
  bytes.set(body, 19);
  return bytes;
}

/** @param {number} value */
const u16 = (value) => [value >>> 8, value & 255];
/** @param {number} value */
const u32 = (value) => [...u16(value >>> 16), ...u16(value & 0xffff)];

/** IPv4 unicast, and ASes of four bytes. @param {Session} session */
function open({ as, routerId }) {
  const capabilities = [1, 4, 0, 1, 0, 1, 65, 4, ...u32(as)];
  const parameters = [2, capabilities.length, ...capabilities];
  const id = routerId.split(".").map(Number);
  const short = as > 0xffff ? AS_TRANS : as;
  return message(TYPE.open, [
    4,
    ...u16(short),
    ...u16(HOLD_SECONDS),
    ...id,
    parameters.length,
    ...parameters,
  ]);
}

/** @param {Session} session */
function speak(session) {
  const socket = connect({ host: session.to, port: PORT, localAddress: session.from });
  let rest = Buffer.alloc(0);
  let isEstablished = false;
  socket.on("error", () => setTimeout(() => speak(session), AGAIN_MS));
  socket.on("connect", () => socket.write(open(session)));
  socket.on("data", (data) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 19 && rest.length >= rest.readUInt16BE(16)) {
      const one = rest.subarray(0, rest.readUInt16BE(16));
      rest = rest.subarray(one.length);
      if (one[18] === TYPE.open) socket.write(message(TYPE.keepalive, []));
      if (one[18] === TYPE.notification) console.log(`${session.from}: ${one[19]}/${one[20]}`);
      if (one[18] !== TYPE.keepalive || isEstablished) continue;
      isEstablished = true;
      socket.write(Buffer.from(session.messages, "base64"));
      setInterval(() => socket.write(message(TYPE.keepalive, [])), KEEPALIVE_MS);
    }
  });
}

/** @type {readonly Session[]} */
const sessions = JSON.parse(await text(process.stdin));
for (const session of sessions) speak(session);
