/** The RTR client over TCP: what a cache on loopback sends reaches its table. */

import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { parseRtrAddress, RtrClient } from "../../../src/sources/rpki/rtr-client.ts";
import { prefixOf } from "../../rib/vrps.ts";
import { endOfData, nameOf, notify, prefixPdu, response } from "./cache.ts";

describe("an address", () => {
  it.each([
    ["127.0.0.1:3323", { host: "127.0.0.1", port: 3323 }],
    ["[::1]:3323", { host: "::1", port: 3323 }],
    ["cache.example:323", { host: "cache.example", port: 323 }],
    ["127.0.0.1", undefined],
    ["::1:3323", undefined],
    ["a:0", undefined],
    ["a:65536", undefined],
  ])("%s", (text, address) => {
    expect(parseRtrAddress(text)).toEqual(address);
  });
});

/** A cache that does as it is told by each connection's number. */
class Cache {
  readonly asked: string[] = [];
  readonly #server: Server;
  #sockets: Socket[] = [];

  constructor(answer: (socket: Socket, asked: string) => void) {
    this.#server = createServer((socket) => {
      this.#sockets.push(socket);
      socket.on("error", () => undefined);
      socket.on("data", (bytes) => {
        const name = nameOf(bytes);
        this.asked.push(name);
        answer(socket, name);
      });
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    return typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  drop(): void {
    for (const socket of this.#sockets.splice(0)) socket.destroy();
  }

  close(): void {
    this.drop();
    this.#server.close();
  }
}

describe("a client", () => {
  const open: { close?: () => void; [Symbol.dispose]?: () => void }[] = [];
  afterEach(() => {
    for (const one of open.splice(0)) {
      one.close?.();
      one[Symbol.dispose]?.();
    }
  });

  it("learns, follows notifications, and comes back with its serial", async () => {
    const cache = new Cache((socket, asked) => {
      if (asked === "v1 reset") {
        socket.write(response(7));
        socket.write(prefixPdu("+10.0.0.0/8-8 1"));
        socket.write(endOfData(7, 1));
        socket.write(notify(7, 2));
      } else {
        const isFirst = asked === "v1 serial 7 1";
        const pdus = [response(7), ...(isFirst ? [prefixPdu("+11.0.0.0/8-8 1")] : [])];
        for (const bytes of [...pdus, endOfData(7, 2)]) socket.write(bytes);
      }
    });
    open.push(cache);
    const changes: number[] = [];
    const client = new RtrClient(
      { host: "127.0.0.1", port: await cache.listen() },
      { onChange: ({ rows4 }) => changes.push(rows4.count), onWarning: () => undefined },
    );
    open.push(client);
    await vi.waitFor(() => expect(client.status.serial).toBe(2), 5000);
    expect(client.table.validate(prefixOf("11.0.0.0/8"), 1)).toBe("valid");
    cache.drop();
    await vi.waitFor(() => expect(cache.asked.length).toBe(3), 5000);
    await vi.waitFor(() => expect(client.status.state).toBe("ready"), 5000);
    expect(cache.asked).toEqual(["v1 reset", "v1 serial 7 1", "v1 serial 7 2"]);
    expect(changes).toEqual([1, 1]);
  });

  it("says what is wrong, and tries on, where nobody listens", async () => {
    const warnings: string[] = [];
    const cache = new Cache(() => undefined);
    const port = await cache.listen();
    cache.close();
    const parts = { onChange: () => undefined, onWarning: (what: string) => warnings.push(what) };
    open.push(new RtrClient({ host: "127.0.0.1", port }, parts));
    await vi.waitFor(() => expect(warnings.length).toBe(2), 5000);
    expect(warnings[0]).toContain("ECONNREFUSED");
  });
});
