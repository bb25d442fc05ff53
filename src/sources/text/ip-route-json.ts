/** The JSON that `ip -j route` prints: the fields of one object in, a route out. */

import { type Address, parseAddress } from "../../net/address.ts";
import { quoted } from "../../net/printable.ts";
import { type IpHop, type IpRoute, newHop, newRoute, setTable } from "./ip-route.ts";
import { parseWeight } from "./next-hops.ts";
import type { Place, TableBuilder } from "./table-builder.ts";

const FORM_HINT = "a route is what `ip -j route` prints, with dst and gateway";
/** Fields that narrow or wrap what a route serves, in ways that are not served here. */
const OBSTACLES = ["tos", "from", "encap", "to"] as const;
const UTF8 = new TextDecoder();

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads the fields of one route. */
class RouteReader {
  readonly #builder: TableBuilder;
  readonly #place: Place;

  constructor(builder: TableBuilder, place: Place) {
    this.#builder = builder;
    this.#place = place;
  }

  read(bytes: Uint8Array): IpRoute {
    const fields = this.#parse(bytes);
    const kind = this.#text(fields, "type") ?? "unicast";
    const destination = this.#text(fields, "dst");
    if (destination === undefined) return this.#fail("a route without dst");
    const route = newRoute(this.#builder, kind, destination, this.#place);
    route.metric = this.#metric(fields);
    route.isIpv6 = fields.pref !== undefined;
    const table = this.#text(fields, "table");
    if (table !== undefined) setTable(route, table);
    for (const hop of this.#list(fields, "nexthops")) {
      route.hops.push(this.#hop(hop));
      this.#noteObstacles(route, hop);
    }
    if (route.hops.length === 0) route.hops.push(this.#hop(fields));
    this.#noteObstacles(route, fields);
    return route;
  }

  #parse(bytes: Uint8Array): Fields {
    try {
      const value: unknown = JSON.parse(UTF8.decode(bytes));
      if (isFields(value)) return value;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    return this.#fail("an object that is no JSON");
  }

  #fail(what: string): never {
    return this.#builder.fail(this.#place, what, FORM_HINT);
  }

  /** A text, or the text of a number; undefined where the field is missing. */
  #text(fields: Fields, name: string): string | undefined {
    const value = fields[name];
    if (value === undefined || typeof value === "string") return value;
    if (typeof value === "number") return String(value);
    return this.#fail(`${name} is no text`);
  }

  #metric(fields: Fields): number {
    const metric = fields.metric ?? 0;
    if (typeof metric === "number" && metric >= 0) return metric;
    return this.#fail("metric is no number");
  }

  #list(fields: Fields, name: string): readonly Fields[] {
    const list = fields[name] ?? [];
    if (Array.isArray(list) && list.every(isFields)) return list;
    return this.#fail(`${name} is no array of objects`);
  }

  #noteObstacles(route: IpRoute, fields: Fields): void {
    const name = OBSTACLES.find((field) => fields[field] !== undefined);
    if (name !== undefined) route.obstacle = `${name} is not served`;
  }

  #hop(fields: Fields): IpHop {
    const hop = newHop(this.#place);
    const via = fields.via;
    if (isFields(via)) hop.address = this.#address(via, "host");
    else hop.address = this.#address(fields, "gateway");
    hop.isOtherFamily = isFields(via);
    hop.device = this.#text(fields, "dev");
    const weight = this.#text(fields, "weight");
    if (weight !== undefined) hop.weight = parseWeight(this.#builder, weight, this.#place);
    return hop;
  }

  #address(fields: Fields, name: string): Address | undefined {
    const text = this.#text(fields, name);
    if (text === undefined) return undefined;
    return parseAddress(text) ?? this.#fail(`${name} ${quoted(text)} is no next hop`);
  }
}

/** Reads one object of the array, which starts at `place`. */
export function readIpRouteJson(builder: TableBuilder, bytes: Uint8Array, place: Place): IpRoute {
  return new RouteReader(builder, place).read(bytes);
}
