/** An RTR session under test. */

import type { VrpDifference } from "../../../src/rib/origin-validation.ts";
import { type RtrReaction, RtrSession } from "../../../src/sources/rpki/rtr-session.ts";
import { endOfData, joined, nameOf, prefixPdu, response } from "./cache.ts";

/** A session, and what came of it. */
export class Rig {
  readonly changes: string[] = [];
  readonly warnings: string[] = [];
  readonly session: RtrSession;
  now = 1000;

  constructor() {
    this.session = new RtrSession({
      onChange: (change) => this.changes.push(shown(change)),
      onWarning: (what) => this.warnings.push(what),
    });
  }

  open(): readonly string[] {
    return named(this.session.opened(this.now));
  }

  get(...pdus: readonly Uint8Array[]): readonly string[] {
    return named(this.session.received(joined(...pdus), this.now));
  }

  tick(seconds: number): readonly string[] {
    this.now += seconds;
    return named(this.session.tick(this.now));
  }

  /** A session that has two VRPs of session 7, serial 1. */
  static ready(): Rig {
    const rig = new Rig();
    rig.open();
    rig.get(response(7), prefixPdu("+10.0.0.0/8-8 1"), prefixPdu("+2001:db8::/32-48 2"));
    rig.get(endOfData(7, 1));
    return rig;
  }
}

function named({ send, closes }: RtrReaction): readonly string[] {
  return [...send.map(nameOf), ...(closes ? ["close"] : [])];
}

function shown({ rows4, rows6 }: VrpDifference): string {
  const flags = [rows4, rows6].flatMap(({ announced, count }) => [...announced.subarray(0, count)]);
  return flags.map((flag) => (flag === 1 ? "+" : "-")).join("");
}
