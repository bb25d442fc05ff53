/**
 * A rotation of the flow key in a simulation: each packet has its hash under both keys all along,
 * so that flows are known under either one, and where the new key leads them is known at once.
 *
 *               before the rotation    after it
 *     hash      former key             new key       what the packet path goes by
 *     other     new key                former key    `Engine.otherHashes`
 */

import type { Batch } from "../engine/batch.ts";
import { rehearseFlowKey } from "../engine/hash.ts";
import { FLOW_BYTES, FLOW_HASH } from "../engine/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import type { Forwarder } from "../router/forwarder.ts";
import type { KeyPair } from "../router/key-rotation.ts";
import { deriveKeys } from "../router/keys.ts";

const WORD_BITS = 32n;
const WORD = 0xffffffffn;

/** The words of a flow's hash under the former key, and the lower one under the new key. */
export interface FlowHashes {
  readonly low: number;
  readonly high: number;
  readonly fresh: number;
}

/** One rotation, and whether it has happened. */
export class KeyRehearsal {
  /** Of the key to come. */
  readonly id: string;
  readonly #forwarder: Forwarder;
  readonly #rotate: () => void;
  #isDone = false;

  private constructor(id: string, forwarder: Forwarder, rotate: () => void) {
    this.id = id;
    this.#forwarder = forwarder;
    this.#rotate = rotate;
  }

  /** Throws CONFIG where a running router would refuse the key, and where it is in force. */
  static async of(forwarder: Forwarder, pair: KeyPair, tier = ""): Promise<KeyRehearsal> {
    const rotate = await forwarder.keys.rotation(pair);
    const { id, flow } = await deriveKeys(pair.current, tier);
    if (rotate === undefined) {
      throw new AnyfibError({
        code: "CONFIG",
        what: `the key ${id} is in force already`,
        hint: "name a key file with another key, and the one in force below it",
      });
    }
    rehearseFlowKey(forwarder.engine.memory, flow);
    return new KeyRehearsal(id, forwarder, rotate);
  }

  /** Whether the key is in force. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Puts the key in force. */
  rotate(): void {
    this.#rotate();
    this.#isDone = true;
  }

  /** Hashes the packets of a batch under the other key, too. */
  hash(): void {
    this.#forwarder.engine.otherHashes();
  }

  /**
   * Whether a packet's other hash is known: that of an error that is copied is not, nor that of a
   * fragment whose first one came before the rotation.
   */
  isKnown({ otherHashes }: Batch, packet: number): boolean {
    return otherHashes[packet] !== 0n;
  }

  /** The hashes of a packet's flow. */
  hashes({ flows, otherHashes }: Batch, packet: number): FlowHashes {
    const own = flows.getBigUint64(packet * FLOW_BYTES + FLOW_HASH, true);
    const other = otherHashes[packet] ?? 0n;
    const [former, fresh] = this.#isDone ? [other, own] : [own, other];
    return {
      low: Number(former & WORD),
      high: Number(former >> WORD_BITS),
      fresh: Number(fresh & WORD),
    };
  }
}
