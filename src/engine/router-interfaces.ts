/** What the packet path knows of the router's interfaces. */

import {
  HEADER,
  HEADER_INPUT,
  ROUTER_INTERFACE_BYTES,
  ROUTER_INTERFACE_CHECKS_MAC,
  ROUTER_INTERFACE_IPV4,
  ROUTER_INTERFACE_IPV6,
  ROUTER_INTERFACE_IPV6_LENGTH,
  ROUTER_INTERFACE_LINK_LOCAL,
  ROUTER_INTERFACE_MAC,
  ROUTER_INTERFACES_MAX,
} from "../../assembly/layout.ts";
import { type Address, addressToBytes, isLinkLocal6, parseAddress } from "../net/address.ts";
import { AnyfibError } from "../net/errors.ts";
import type { Mac } from "../net/mac.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** An address, and how many of its bits name the link. */
export interface InterfaceAddress {
  readonly address: Address;
  readonly length: number;
}

/** An interface. */
export interface RouterInterface {
  readonly mac: Mac;
  /** Its addresses; ICMP errors come from the first of the family and scope that is asked for. */
  readonly addresses: readonly InterfaceAddress[];
  /** Whether frames to other MACs are dropped. */
  readonly checksMac: boolean;
}

/** Where no address is known: the dummy address of RFC 7600, and that of the made-up MAC. */
const STAND_INS = ["192.0.0.8", "fe80::ff:fe00:1"];
const STAND_IN_MAC: Mac = [2, 0, 0, 0, 0, 1];

/** The interfaces by number, from 1; number 0 is "not known". */
export class RouterInterfaces {
  readonly #view: DataView;
  readonly #start: number;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan) {
    this.#view = new DataView(memory.buffer);
    this.#start = plan.interfaces;
  }

  /** Writes what stands in where an interface has no address. */
  initialise(): void {
    const addresses = STAND_INS.flatMap((text) => {
      const address = parseAddress(text);
      return address === undefined ? [] : [{ address, length: 0 }];
    });
    this.#write(0, { mac: STAND_IN_MAC, addresses, checksMac: false });
    // A link-local address is better than none as the source of an error that goes further.
    const record = this.#start;
    const bytes = new Uint8Array(this.#view.buffer);
    const linkLocal = record + ROUTER_INTERFACE_LINK_LOCAL;
    bytes.copyWithin(record + ROUTER_INTERFACE_IPV6, linkLocal, linkLocal + 16);
  }

  /** Makes an interface known, or changes it. Throws CAPACITY for a number beyond the last. */
  set(number: number, fields: RouterInterface): void {
    if (!(Number.isInteger(number) && number > 0 && number < ROUTER_INTERFACES_MAX)) {
      throw new AnyfibError({
        code: "CAPACITY",
        what: `interface number ${number}`,
        hint: `give one from 1 to ${ROUTER_INTERFACES_MAX - 1}`,
        detail: { number },
      });
    }
    this.#write(number, fields);
  }

  /** Says by which interface the next batches come in; 0 where that is not known. */
  set input(number: number) {
    this.#view.setUint32(HEADER + HEADER_INPUT, number, true);
  }

  #write(number: number, { mac, addresses, checksMac }: RouterInterface): void {
    const record = this.#start + number * ROUTER_INTERFACE_BYTES;
    const bytes = new Uint8Array(this.#view.buffer, record, ROUTER_INTERFACE_BYTES);
    bytes.fill(0);
    bytes.set(mac, ROUTER_INTERFACE_MAC);
    bytes[ROUTER_INTERFACE_CHECKS_MAC] = Number(checksMac);
    const ipv4 = addresses.find(({ address }) => address.family === 4);
    const ipv6 = addresses.find(({ address }) => address.family === 6 && !isLinkLocal6(address));
    const linkLocal = addresses.find(({ address }) => isLinkLocal6(address));
    if (ipv4 !== undefined) bytes.set(addressToBytes(ipv4.address), ROUTER_INTERFACE_IPV4);
    if (ipv6 !== undefined) {
      bytes.set(addressToBytes(ipv6.address), ROUTER_INTERFACE_IPV6);
      bytes[ROUTER_INTERFACE_IPV6_LENGTH] = ipv6.length;
    }
    if (linkLocal !== undefined) {
      bytes.set(addressToBytes(linkLocal.address), ROUTER_INTERFACE_LINK_LOCAL);
    }
  }
}
