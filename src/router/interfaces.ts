/** The router's interfaces: what programs say of them, and how next hops are reached. */

import type { AdjacencyFields, VlanTag } from "../engine/adjacency.ts";
import type { Engine } from "../engine/engine.ts";
import { ROUTER_INTERFACES_MAX } from "../engine/layout.ts";
import type { InterfaceAddress } from "../engine/router-interfaces.ts";
import { parseAddress } from "../net/address.ts";
import { AnyfibError } from "../net/errors.ts";
import { type Mac, parseMac } from "../net/mac.ts";
import { maskAddress } from "../net/prefix.ts";
import { quoted } from "../net/printable.ts";
import { nextHopName } from "../rib/next-hop.ts";
import type { NextHop } from "../rib/route.ts";
import type { RouteTable } from "../rib/route-table.ts";

/** An interface as a program writes it. */
export interface InterfaceOptions {
  /** What next hops name it by (`via`). */
  readonly name: string;
  /** With their prefix lengths, `192.0.2.1/24`: of the link; packets to them are punted. */
  readonly addresses?: readonly string[];
  /** Bytes of the largest IP packet, from 68 (1,280 with IPv6); 1,500 unless said. */
  readonly mtu?: number;
  /** Frames to others are dropped where it is given; 02:00:00:00:00:01 leaves otherwise. */
  readonly mac?: string;
  /** VLAN ids that all that leaves is tagged with, the outer one first; at most two. */
  readonly vlan?: readonly number[];
}

/** An interface that was checked. */
interface KnownInterface {
  readonly number: number;
  readonly mac: Mac;
  readonly addresses: readonly InterfaceAddress[];
  readonly mtu: number;
  readonly tags: readonly VlanTag[];
}

const DEFAULT_MAC: Mac = [2, 0, 0, 0, 0, 1];
const DEFAULT_MTU = 1500;
/** RFC 791, 3.2: every link takes so much of IPv4; RFC 8200, 5: of IPv6. */
const MTU_MIN = 68;
const MTU_MIN_IPV6 = 1280;
const MTU_MAX = 65_535;
const VLAN_MAX = 4094;
const TPID = 0x8100;
/** The outer one of two tags (IEEE 802.1ad). */
const TPID_SERVICE = 0x88a8;

function fault(name: string, what: string, hint: string): AnyfibError {
  return new AnyfibError({ code: "USAGE", what: `interface ${quoted(name)}: ${what}`, hint });
}

function addressesOf({ name, addresses = [] }: InterfaceOptions): readonly InterfaceAddress[] {
  return addresses.map((text) => {
    const [head = "", digits = ""] = text.split("/");
    const address = parseAddress(head);
    const length = /^\d{1,3}$/.test(digits) ? Number(digits) : Number.NaN;
    const most = address?.family === 4 ? 32 : 128;
    if (address !== undefined && length >= 0 && length <= most) return { address, length };
    throw fault(name, `${quoted(text)} is no address with a length`, "write 192.0.2.1/24");
  });
}

function mtuOf({ name, mtu = DEFAULT_MTU }: InterfaceOptions, hasIpv6: boolean): number {
  const least = hasIpv6 ? MTU_MIN_IPV6 : MTU_MIN;
  if (Number.isInteger(mtu) && mtu >= least && mtu <= MTU_MAX) return mtu;
  throw fault(name, `mtu is ${mtu}`, `give ${least} to ${MTU_MAX}`);
}

function macOf({ name, mac }: InterfaceOptions): Mac {
  const parsed = mac === undefined ? DEFAULT_MAC : parseMac(mac);
  if (parsed !== undefined) return parsed;
  throw fault(name, `${quoted(mac ?? "")} is no MAC`, "write it as 02:00:00:00:00:11");
}

function tagsOf({ name, vlan = [] }: InterfaceOptions): readonly VlanTag[] {
  const wrong = vlan.find((id) => !(Number.isInteger(id) && id >= 1 && id <= VLAN_MAX));
  if (wrong !== undefined || vlan.length > 2) {
    const what = wrong === undefined ? `${vlan.length} VLAN tags` : `VLAN id ${wrong}`;
    throw fault(name, what, `give one or two ids from 1 to ${VLAN_MAX}`);
  }
  return vlanTags(vlan);
}

/** The tags of VLAN ids, the outer one first: of two, it is a service's. */
export function vlanTags(vlan: readonly number[]): readonly VlanTag[] {
  return vlan.map((tci, index) => ({
    tpid: vlan.length === 2 && index === 0 ? TPID_SERVICE : TPID,
    tci,
  }));
}

/** Interfaces by name; numbered from 1 in the order in which they were given. */
export class Interfaces {
  readonly #engine: Engine;
  readonly #byName = new Map<string, KnownInterface>();

  /** Throws USAGE where one cannot be. */
  constructor(engine: Engine, interfaces: readonly InterfaceOptions[]) {
    this.#engine = engine;
    for (const options of interfaces) this.#add(options);
  }

  #add(options: InterfaceOptions): void {
    const number = this.#byName.size + 1;
    if (this.#byName.has(options.name)) {
      throw fault(options.name, "a second one of that name", "give each a name of its own");
    }
    if (number >= ROUTER_INTERFACES_MAX) {
      throw fault(options.name, "one too many", `give at most ${ROUTER_INTERFACES_MAX - 1}`);
    }
    const addresses = addressesOf(options);
    const hasIpv6 = addresses.some(({ address }) => address.family === 6);
    const mac = macOf(options);
    const known = { number, mac, addresses, mtu: mtuOf(options, hasIpv6), tags: tagsOf(options) };
    this.#byName.set(options.name, known);
    const checksMac = options.mac !== undefined;
    this.#engine.interfaces.set(number, { mac, addresses, checksMac });
  }

  /** Says by which interface the next batches come in. Throws USAGE for an unknown one. */
  setInput(name: string): void {
    this.#engine.interfaces.input = this.#find(name).number;
  }

  /** Gives an interface another MTU; returns its number. Throws USAGE as the constructor does. */
  setMtu(name: string, mtu: number): number {
    const known = this.#find(name);
    const hasIpv6 = known.addresses.some(({ address }) => address.family === 6);
    this.#byName.set(name, { ...known, mtu: mtuOf({ name, mtu }, hasIpv6) });
    return known.number;
  }

  /**
   * How a next hop is reached, as far as its interface says. Throws USAGE for an unknown interface,
   * and where a tunnel has no address to come from.
   */
  linkTo(nextHop: NextHop): Partial<AdjacencyFields> {
    const { via, encapsulation: kind, address, hopList = false } = nextHop;
    if (via === undefined && kind === undefined) return {};
    const { number, mac, mtu, tags, addresses } = this.#find(via ?? "");
    const link = { interfaceIndex: number, source: mac, mtu, tags };
    if (kind === undefined) return link;
    const source = addresses.find((own) => own.address.family === address.family)?.address;
    if (source !== undefined) {
      return { ...link, encapsulation: { kind, source, destination: address, hopList } };
    }
    const family = `IPv${address.family}`;
    throw fault(
      via ?? "",
      `no ${family} address for the tunnel to ${nextHopName(nextHop)}`,
      `give the interface an ${family} address`,
    );
  }

  #find(name: string): KnownInterface {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    throw fault(
      name,
      "not known",
      `known: ${[...this.#byName.keys()].join(", ") || "none; a tunnel needs one (via)"}`,
    );
  }
}

/**
 * Adds what interfaces bring along: packets to their addresses are punted, and those to their links
 * too, as whoever embeds the forwarder resolves neighbours.
 */
export function addInterfaceRoutes(
  table: RouteTable,
  interfaces: readonly InterfaceOptions[],
): void {
  const local = table.internTarget({ kind: "local" });
  for (const options of interfaces) {
    for (const { address, length } of addressesOf(options)) {
      const isIpv4 = address.family === 4;
      for (const bits of [length, isIpv4 ? 32 : 128]) {
        table.add(maskAddress(address, bits), local);
      }
    }
  }
}
