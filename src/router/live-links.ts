/** Interfaces of a configuration joined with the machine's devices. */

import { readFileSync } from "node:fs";
import { largestPacket } from "../io/ring-size.ts";
import { type Address6, formatAddress, parseAddress } from "../net/address.ts";
import { AnyfibError } from "../net/errors.ts";
import { formatMac, type Mac, parseMac } from "../net/mac.ts";
import { quoted } from "../net/printable.ts";
import type { ConfigFile } from "./config.ts";
import { type InterfaceOptions, vlanTags } from "./interfaces.ts";
import { kernelMac, type LoopLink } from "./loop-messages.ts";

/** Interface names that the kernel takes: letters and signs, without / and spaces. */
const DEVICE = /^[A-Za-z0-9_.@:-]{1,15}$/;

const TAG_BYTES = 4;
/** RFC 8200, 5: every link has an IPv6 address, its own. */
const MTU_MIN = 1280;

/** The address that a station gives itself on a link: fe80::/64 and its MAC (RFC 4291, app. A). */
export function linkLocalOf(mac: Mac): Address6 {
  const [a, b, c, d, e, f] = mac;
  const low = [a ^ 2, b, c, 0xff, 0xfe, d, e, f].reduce((sum, x) => (sum << 8n) | BigInt(x), 0n);
  return { family: 6, high: 0xfe80n << 48n, low };
}

/** What the kernel says of a device; undefined where there is none of that name. */
function deviceFile(device: string, name: string): string | undefined {
  try {
    return readFileSync(`/sys/class/net/${device}/${name}`, "latin1").trim();
  } catch {
    return undefined;
  }
}

/**
 * The MAC that the router has on a device: the device's own. A TAP's is that of the kernel at its
 * other end, so the router takes the one that differs in the last bit; a TAP that is not there yet
 * gets one of its name.
 */
function deviceMac(device: string, isTap: boolean): string | undefined {
  const text = deviceFile(device, "address");
  if (!isTap) return text;
  const mac = text === undefined ? undefined : parseMac(text);
  return formatMac(mac === undefined ? macOfName(device) : kernelMac(mac));
}

/** A locally administered MAC (RFC 7042, 2.1): the same for the same name. */
function macOfName(device: string): Mac {
  let hash = 0;
  for (const byte of new TextEncoder().encode(device)) hash = (hash * 31 + byte) >>> 0;
  return [2, 0xfb, hash >>> 24, (hash >>> 16) & 0xff, (hash >>> 8) & 0xff, hash & 0xff];
}

/**
 * Interfaces as the loop serves them, numbered as the forwarder numbers them. Throws CONFIG for
 * what cannot be served, ENVIRONMENT for a device that is not there.
 */
export function liveLinks(file: ConfigFile): readonly LoopLink[] {
  const { interfaces } = file.config;
  if (Object.keys(interfaces).length === 0) {
    throw fault("there is no interface", file.where([]), "describe some under interfaces");
  }
  const wires = new Map<string, string>();
  return Object.entries(interfaces).map(([name, described], index) => {
    const { device, addresses, mtu, mac, mode, vlan } = described;
    const place = (key: string) => file.where(["interfaces", name, key]);
    if (device === undefined || !DEVICE.test(device)) {
      throw fault(`interface ${quoted(name)} has no device`, place("device"), "name it: eth0");
    }
    if (mode === "af_xdp") {
      throw fault(`mode ${mode} is not served yet`, place("mode"), "use auto or packet_ring");
    }
    const own = parseMac(mac ?? deviceMac(device, mode === "tap") ?? "");
    if (own === undefined) throw noDevice(device, place("device"));
    const tags = vlanTags(typeof vlan === "number" ? [vlan] : (vlan ?? []));
    const wire = `${device} ${tags.map(({ tci }) => tci).join()}`;
    const other = wires.get(wire);
    if (other !== undefined) throw twice(name, other, place("device"));
    wires.set(wire, name);
    const given = addresses.map((text) => addressOf(text, place("addresses")));
    const linkLocal = { address: linkLocalOf(own), length: 64 };
    const names = { number: index + 1, name, device, mode, tags };
    const deviceMtu = Number(deviceFile(device, "mtu") ?? mtu);
    const sizes = {
      mtu: Math.min(mtu, mtuWithin(deviceMtu, tags.length)),
      mtuWanted: mtu,
      deviceMtu,
    };
    return { ...names, ...sizes, mac: own, addresses: [...given, linkLocal] };
  });
}

/** Bytes of the largest IP packet behind tags: a device takes one beyond its MTU, and not two. */
function mtuWithin(deviceMtu: number, tags: number): number {
  return tags < 2 ? deviceMtu : deviceMtu - tags * TAG_BYTES;
}

/** The MTU that a link has by now: no more than its rings hold, nor less than IPv6 needs. */
export function currentMtu({ device, tags, mtuWanted, deviceMtu, mtu }: LoopLink): number {
  const now = deviceFile(device, "mtu");
  if (now === undefined) return mtu;
  const within = Math.min(mtuWanted, mtuWithin(Number(now), tags.length), largestPacket(deviceMtu));
  return Math.max(within, MTU_MIN);
}

/** The same, as the forwarder takes them. */
export function interfaceOptions(links: readonly LoopLink[]): readonly InterfaceOptions[] {
  return links.map(({ name, mtu, mac, addresses }) => ({
    name,
    mtu,
    mac: formatMac(mac),
    addresses: addresses.map(({ address, length }) => `${formatAddress(address)}/${length}`),
  }));
}

function addressOf(text: string, where: string): LoopLink["addresses"][number] {
  const [head = "", digits = ""] = text.split("/");
  const address = parseAddress(head);
  const length = /^\d{1,3}$/.test(digits) ? Number(digits) : Number.NaN;
  if (address !== undefined && length <= (address.family === 4 ? 32 : 128)) {
    return { address, length };
  }
  throw fault(`${quoted(text)} is no address with a length`, where, "write 192.0.2.1/24");
}

function fault(what: string, where: string, hint: string): AnyfibError {
  return new AnyfibError({ code: "CONFIG", what, where, hint });
}

function twice(name: string, other: string, where: string): AnyfibError {
  const what = `interfaces ${quoted(other)} and ${quoted(name)} are one: the same device and vlan`;
  return fault(what, where, "give each a vlan of its own, or make one of them");
}

function noDevice(device: string, where: string): AnyfibError {
  return new AnyfibError({
    code: "ENVIRONMENT",
    what: `there is no device ${device}`,
    where,
    hint: "ip link shows those that there are",
    detail: { device },
  });
}
