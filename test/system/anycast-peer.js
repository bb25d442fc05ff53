/**
 * A station of the anycast lab: `serve NAME PORT ADDRESS…` answers each line of TCP, and each UDP
 * datagram, with its name; `ask ADDRESS PORT CONNECTIONS` keeps connections and datagrams going
 * until its standard input ends, and then prints what it saw as JSON.
 */

import { createSocket } from "node:dgram";
import { connect, createServer } from "node:net";

const [mode, ...args] = process.argv.slice(2);
const EVERY_MS = 50;
const ANSWER_MS = 500;

if (mode === "serve") serve(args[0] ?? "", Number(args[1]));
else ask(args[0] ?? "", Number(args[1]), Number(args[2]));

/** @param {string} name @param {number} port */
function serve(name, port) {
  createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", () => socket.write(`${name}\n`));
  }).listen(port, "::");
  const datagrams = createSocket("udp6");
  datagrams.on("message", (_, { address, port: to }) => datagrams.send(name, to, address));
  datagrams.bind(port, "::", () => console.log("ready"));
}

/** @param {string} address @param {number} port @param {number} connections */
function ask(address, port, connections) {
  /** @type {Record<string, number>} */
  const errors = {};
  const seen = { connections: 0, broken: 0, sites: {}, asked: 0, lost: 0, errors };
  const flows = Array.from({ length: connections }, () => {
    const flow = { socket: connect(port, address), site: "", isBroken: false };
    flow.socket.on("connect", () => {
      seen.connections += 1;
    });
    flow.socket.on("data", (data) => {
      flow.site = String(data).trim().split("\n")[0] ?? "";
    });
    flow.socket.on("error", ({ message }) => {
      errors[message] = (errors[message] ?? 0) + 1;
      flow.isBroken = true;
    });
    flow.socket.on("close", () => {
      flow.isBroken = true;
    });
    return flow;
  });
  const timer = setInterval(() => {
    for (const { socket, isBroken } of flows) if (!isBroken) socket.write("hello\n");
    query();
  }, EVERY_MS);
  function query() {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    seen.asked += 1;
    const late = setTimeout(() => {
      seen.lost += 1;
      socket.close();
    }, ANSWER_MS);
    socket.on("error", () => undefined);
    socket.on("message", () => {
      clearTimeout(late);
      socket.close();
    });
    socket.send("hello", port, address);
  }
  console.log("ready");
  process.stdin.resume();
  process.stdin.on("end", () => {
    clearInterval(timer);
    setTimeout(() => {
      /** @type {Record<string, { connections: number, broken: number }>} */
      const sites = {};
      for (const { site, isBroken } of flows) {
        const of = sites[site] ?? { connections: 0, broken: 0 };
        sites[site] = of;
        of.connections += 1;
        of.broken += Number(isBroken);
      }
      const broken = flows.filter(({ isBroken }) => isBroken).length;
      console.log(JSON.stringify({ ...seen, broken, sites }));
      process.exit(0);
    }, ANSWER_MS + EVERY_MS);
  });
}
