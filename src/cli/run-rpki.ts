/** Origin validation of a running router: VRPs from a file and by RTR, invalid routes taken out. */

import { AnyfibError } from "../net/errors.ts";
import { quoted } from "../net/printable.ts";
import { configVrps } from "../node/vrps.ts";
import { type VrpDifference, VrpTable } from "../rib/origin-validation.ts";
import type { OriginTable } from "../rib/origins.ts";
import type { RouteTable } from "../rib/route-table.ts";
import type { ConfigFile } from "../router/config.ts";
import { type FilterChange, OriginFilter } from "../router/origin-filter.ts";
import type { Router } from "../router/router.ts";
import { parseRtrAddress, type RtrAddress, RtrClient } from "../sources/rpki/rtr-client.ts";

/** What a configuration says of VRPs. */
export interface RpkiChoice {
  /** VRPs of the file; none without one. */
  readonly vrps: VrpTable;
  readonly rtr: RtrAddress | undefined;
  readonly rejects: boolean;
}

/** The cache that a configuration names. Throws CONFIG for what is no address. */
export function rtrAddressOf({ config, where }: ConfigFile): RtrAddress | undefined {
  const text = config.rpki?.rtr;
  const rtr = text === undefined ? undefined : parseRtrAddress(text);
  if (text === undefined || rtr !== undefined) return rtr;
  throw new AnyfibError({
    code: "CONFIG",
    what: `${quoted(text)} is no address of a cache`,
    where: where(["rpki", "rtr"]),
    hint: "give HOST:PORT, such as 127.0.0.1:3323 or [::1]:3323",
  });
}

/** Reads the section `rpki` and its file. Throws CONFIG, and what reading throws. */
export async function readRpki(
  config: ConfigFile,
  name: string,
  warn: (warning: string) => void,
): Promise<RpkiChoice | undefined> {
  const { rpki } = config.config;
  if (rpki === undefined) return undefined;
  const rtr = rtrAddressOf(config);
  const { vrp_file: named } = rpki;
  const vrps = named === undefined ? new VrpTable() : await configVrps(named, name, warn);
  return { vrps, rtr, rejects: rpki.invalid === "reject" };
}

/** What the guard looks at of a configuration. */
interface GuardConfig {
  readonly file: ConfigFile;
  readonly table: RouteTable;
  readonly origins: OriginTable;
  readonly rpki: RpkiChoice | undefined;
}

/** What the guard works with. */
export interface GuardParts {
  readonly router: Pick<Router, "revalidate">;
  readonly info: (what: object, message: string) => void;
  readonly warn: (warning: string) => void;
}

/** Keeps the routes of a router as VRPs allow. */
export class RpkiGuard implements Disposable {
  readonly #parts: GuardParts;
  #config: GuardConfig;
  #filter: OriginFilter;
  #client: RtrClient | undefined;

  /** Takes the configuration's table to be installed whole. */
  constructor(config: GuardConfig, parts: GuardParts) {
    this.#parts = parts;
    this.#config = config;
    this.#filter = this.#filterOf(config);
    this.#client = this.#connect(config);
    if (config.rpki !== undefined) this.#apply(this.#filter.judgeAll(), "start");
  }

  /** How things stand, for `ctl show`; undefined where the configuration says nothing of VRPs. */
  get status(): object | undefined {
    const { rpki } = this.#config;
    if (rpki === undefined) return undefined;
    const { table = new VrpTable(), status = null } = this.#client ?? {};
    const vrps = rpki.vrps.count4 + rpki.vrps.count6 + table.count4 + table.count6;
    return { vrps, routes: this.#filter.counts, invalid: modeOf(rpki), rtr: status };
  }

  /** Puts back what was taken out: the table is whole, as a reload compares it. */
  release(): void {
    const { rejected, accepted } = this.#filter.release();
    const isMore = accepted.count4 + accepted.count6 > 0;
    if (this.#config.rpki?.rejects && isMore) this.#parts.router.revalidate(rejected, accepted);
  }

  /** The table of a configuration was installed whole: routes are taken out of it again. */
  follow(config: GuardConfig): void {
    const before = this.#config.file.config.rpki?.rtr;
    this.#config = config;
    this.#filter = this.#filterOf(config);
    if (before !== config.file.config.rpki?.rtr) {
      this.#client?.[Symbol.dispose]();
      this.#client = this.#connect(config);
    }
    if (config.rpki !== undefined) this.#apply(this.#filter.judgeAll(), "reload");
  }

  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]();
  }

  #filterOf({ table, origins, rpki }: GuardConfig): OriginFilter {
    const vrps = (): readonly VrpTable[] =>
      rpki === undefined ? [] : [rpki.vrps, ...(this.#client ? [this.#client.table] : [])];
    return new OriginFilter({ table, origins, vrps });
  }

  #connect({ rpki }: GuardConfig): RtrClient | undefined {
    if (rpki?.rtr === undefined) return undefined;
    const { host, port } = rpki.rtr;
    return new RtrClient(rpki.rtr, {
      onChange: (change) => this.#follow(change),
      onWarning: (what) => this.#parts.warn(`RTR cache ${host}:${port}: ${what}`),
    });
  }

  #follow(change: VrpDifference): void {
    this.#apply(this.#filter.judge(change), "rtr");
  }

  #apply({ rejected, accepted }: FilterChange, why: string): void {
    const { rpki } = this.#config;
    const changed = [rejected, accepted].map(({ count4, count6 }) => count4 + count6);
    const [taken = 0, given = 0] = changed;
    if (rpki?.rejects && taken + given > 0) this.#parts.router.revalidate(rejected, accepted);
    this.#parts.info({ why, rejected: taken, accepted: given, ...this.status }, "rpki");
  }
}

function modeOf({ rejects }: RpkiChoice): "reject" | "accept" {
  return rejects ? "reject" : "accept";
}
