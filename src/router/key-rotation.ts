/**
 * The flow key in force, and how another one follows it while packets are forwarded.
 *
 * Connections stay where the key before led them until the pin window closes; new ones go by the
 * new key, and have a pin where it leads elsewhere (assembly/flow/pins.ts). Scores of slots keep
 * the key that tables were built with, so that no slot changes hands.
 */

import type { Engine } from "../engine/engine.ts";
import { type HashSettings, rotateFlowKey, rotationLeft } from "../engine/hash.ts";
import { AnyfibError } from "../net/errors.ts";
import type { Agreement } from "./groups.ts";
import type { HashOptions } from "./hash-options.ts";
import { checkKeyChange, deriveKeys } from "./keys.ts";

/** What a rotation depends on. */
export interface RotationTerms {
  readonly engine: Engine;
  readonly hash: HashSettings;
  /** Of the forwarder. */
  readonly options: {
    readonly hash?: HashOptions;
    readonly agreement?: Agreement;
    readonly pinWindow?: number;
  };
}

/** A key to follow the one in force, and the one that it says it follows. */
export interface KeyPair {
  readonly current: Uint8Array;
  readonly former?: Uint8Array;
}

function refuse(what: string, hint: string): AnyfibError {
  return new AnyfibError({ code: "CONFIG", what, hint });
}

/** The ids of a forwarder's key and of the one before it. */
export class KeysInForce {
  #id: string;
  #formerId: string | undefined;
  readonly #terms: RotationTerms;

  constructor(id: string, formerId: string | undefined, terms: RotationTerms) {
    this.#id = id;
    this.#formerId = formerId;
    this.#terms = terms;
  }

  get id(): string {
    return this.#id;
  }

  get formerId(): string | undefined {
    return this.#formerId;
  }

  /**
   * What puts a key in force, to be called when all else of a reload is done; undefined where it
   * is in force. Throws CONFIG for a key that does not name the one in force as its former key,
   * and where connections could not stay.
   */
  async rotation({ current, former }: KeyPair): Promise<(() => void) | undefined> {
    const { engine, options } = this.#terms;
    const { id, flow } = await deriveKeys(current, options.hash?.tier);
    if (id === this.#id) return undefined;
    const formerId = former === undefined ? undefined : (await deriveKeys(former)).id;
    checkKeyChange(this.#id, id, formerId);
    this.#check();
    return () => {
      rotateFlowKey(engine.memory, flow);
      this.#formerId = this.#id;
      this.#id = id;
    };
  }

  #check(): void {
    const { engine, hash, options } = this.#terms;
    const { algorithm } = hash;
    if (algorithm !== "siphash-1-3") {
      throw refuse(`the key of ${algorithm} is not rotated live`, "restart with the new key");
    }
    if (options.agreement === "canonical") {
      throw refuse(
        "canonical tables are built anew under another key",
        "restart the nodes with the new key, one after the other",
      );
    }
    if (options.pinWindow === 0) {
      throw refuse("without pins another key breaks connections", "set hash.pins");
    }
    const left = rotationLeft(engine.memory);
    if (left > 0) {
      throw refuse(
        `the last rotation goes on for ${left} s: connections of two keys are kept, not of three`,
        "wait for its end",
      );
    }
  }
}
