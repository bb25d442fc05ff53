/**
 * Downloads and datagrams of the path MTU lab: `serve PORT` sends BYTES to each connection;
 * `get ADDRESS PORT OWN…` downloads once from each own address and prints how many came whole;
 * `ask ADDRESS NAME` asks a name server for a large TXT record and prints the answer's bytes;
 * `echo ADDRESS PORT BYTES` sends a large datagram and prints the answer.
 */

import { createSocket } from "node:dgram";
import { connect, createServer } from "node:net";

const [mode, address = "", ...args] = process.argv.slice(2);
const BYTES = 200_000;
/** Segments that are lost are sent again after 200 ms, then 400 and 800. */
const WHOLE_MS = 5000;
const ANSWER_MS = 1500;
/** The first packet of a path may be the one that tells its MTU. */
const TRIES = 3;
const TXT = 16;
const EDNS_BYTES = 8192;

if (mode === "serve") {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.end(Buffer.alloc(BYTES));
  });
  server.listen(Number(address), "::", () => console.log("ready"));
} else if (mode === "get") {
  const downloads = args.slice(1).map((own) => download(own, Number(args[0])));
  const whole = (await Promise.all(downloads)).filter((isWhole) => isWhole).length;
  console.log(whole);
  process.exit(0);
} else if (mode === "ask") console.log((await exchange(query(args[0] ?? ""), 53)).length);
else console.log(String(await exchange(Buffer.alloc(Number(args[1])), Number(args[0]))));

/** @param {string} own @param {number} port @returns {Promise<boolean>} */
function download(own, port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: address, localAddress: own });
    let bytes = 0;
    const late = setTimeout(() => socket.destroy(), WHOLE_MS);
    socket.on("data", (data) => {
      bytes += data.length;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(late);
      resolve(bytes === BYTES);
    });
  });
}

/** A query with room for a large answer (RFC 6891). @param {string} name */
function query(name) {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]);
  const header = [1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];
  const options = [0, 0, 41, EDNS_BYTES >> 8, EDNS_BYTES & 255, 0, 0, 0, 0, 0, 0];
  return Buffer.from([...header, ...labels, 0, 0, TXT, 0, 1, ...options]);
}

/** @param {Buffer} message @param {number} port @returns {Promise<Buffer>} */
async function exchange(message, port) {
  for (let turn = 0; turn < TRIES; turn++) {
    const answer = await exchangeOnce(message, port);
    if (answer !== undefined) return answer;
  }
  return Buffer.alloc(0);
}

/** @param {Buffer} message @param {number} port @returns {Promise<Buffer | undefined>} */
function exchangeOnce(message, port) {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    const late = setTimeout(() => end(undefined), ANSWER_MS);
    socket.on("message", (answer) => end(answer));
    socket.on("error", () => undefined);
    socket.send(message, port, address);
    /** @param {Buffer | undefined} answer */
    function end(answer) {
      clearTimeout(late);
      socket.close();
      resolve(answer);
    }
  });
}
