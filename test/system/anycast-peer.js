/**
 * A station of the anycast lab: `serve NAME PORT` answers each line of TCP, and each UDP datagram,
 * with its name; `ask ADDRESS PORT CONNECTIONS EVERY_MS` keeps connections and datagrams going,
 * opens anew those that break, and prints what it saw as JSON for each line of its standard input,
 * and when that ends.
 */

import { createSocket } from "node:dgram";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";

const [mode, ...args] = process.argv.slice(2);
const ANSWER_MS = 2000;
/** A segment that is lost is sent again after 200 ms and more; longer is silence. */
const SILENCE_MS = 3000;

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

/** @typedef {{ socket: import("node:net").Socket, site: string, heard: number }} Flow */

class Client {
  /** @param {string} address @param {number} port @param {number} connections */
  constructor(address, port, connections) {
    this.address = address;
    this.port = port;
    /** @type {Record<string, { connections: number, broken: number }>} */
    this.sites = {};
    /** @type {Record<string, number>} */
    this.errors = {};
    this.seen = { connections: 0, broken: 0, asked: 0, lost: 0 };
    this.flows = Array.from({ length: connections }, () => this.open());
  }

  open() {
    /** @type {Flow} */
    const flow = { socket: connect(this.port, this.address), site: "", heard: Date.now() };
    this.attach(flow);
    return flow;
  }

  /** @param {Flow} flow */
  attach(flow) {
    const { socket } = flow;
    flow.site = "";
    flow.heard = Date.now();
    socket.on("connect", () => {
      this.seen.connections += 1;
    });
    socket.on("data", (data) => {
      flow.heard = Date.now();
      flow.site ||= String(data).trim().split("\n")[0] ?? "";
    });
    socket.on("error", ({ message }) => {
      this.errors[message] = (this.errors[message] ?? 0) + 1;
    });
    socket.on("close", () => {
      this.seen.broken += 1;
      this.siteOf(flow.site).broken += 1;
      flow.socket = connect(this.port, this.address);
      this.attach(flow);
    });
  }

  speak() {
    for (const { socket, heard } of this.flows) {
      if (Date.now() - heard > SILENCE_MS) socket.destroy();
      else socket.write("hello\n");
    }
  }

  query() {
    const socket = createSocket(this.address.includes(":") ? "udp6" : "udp4");
    this.seen.asked += 1;
    const late = setTimeout(() => {
      this.seen.lost += 1;
      socket.close();
    }, ANSWER_MS);
    socket.on("error", () => undefined);
    socket.on("message", () => {
      clearTimeout(late);
      socket.close();
    });
    socket.send("hello", this.port, this.address);
  }

  /** @param {string} name */
  siteOf(name) {
    this.sites[name] ??= { connections: 0, broken: 0 };
    return this.sites[name];
  }

  report() {
    const { sites, errors } = this;
    for (const site of Object.values(sites)) site.connections = 0;
    for (const { site } of this.flows) this.siteOf(site).connections += 1;
    return JSON.stringify({ ...this.seen, sites, errors });
  }
}

/** @param {Client} client @param {number} everyMs */
function ask(client, everyMs) {
  setInterval(() => {
    client.speak();
    client.query();
  }, everyMs);
  console.log("ready");
  const lines = createInterface({ input: process.stdin });
  lines.on("line", () => console.log(client.report()));
  lines.on("close", () => {
    setTimeout(() => {
      console.log(client.report());
      process.exit(0);
    }, ANSWER_MS + everyMs);
  });
}

if (mode === "serve") serve(args[0] ?? "", Number(args[1]));
else ask(new Client(args[0] ?? "", Number(args[1]), Number(args[2])), Number(args[3]));
