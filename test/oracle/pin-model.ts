/** The rules of pins in plain words, as an oracle: buckets are lists, and nothing is packed. */

/** What an adjacency takes. */
export type ModelState = "up" | "down" | "drain";

/** What a packet says of its connection. */
export type ModelSegment = "opens" | "follows" | "none";

/** A slot at the time of a packet; previous owners newest first, 0 for none. */
export interface ModelSlot {
  readonly current: number;
  readonly changedAt: number;
  /** Whose it was when its window opened. */
  readonly first: number;
  readonly owners: readonly number[];
}

interface Pin {
  readonly flow: bigint;
  readonly adjacency: number;
  readonly seenAt: number;
  readonly isConfirmed: boolean;
}

const BUCKET_PINS = 5;
const UNCONFIRMED_SECONDS = 30;

/** One worker's pins. */
export class PinModel {
  clock = 0;
  readonly states = new Map<number, ModelState>();
  readonly counts = { pinned: 0, reused: 0, stayed: 0, refused: 0, turned: 0 };
  readonly #window: number;
  readonly #buckets: (Pin | undefined)[][];

  constructor(pins: number, window: number) {
    this.#window = window;
    const empty = (): (Pin | undefined)[] => Array.from({ length: BUCKET_PINS }, () => undefined);
    this.#buckets = Array.from({ length: Math.ceil(pins / BUCKET_PINS) }, empty);
  }

  /** Where a packet goes whose flow has this hash. */
  choose(slot: ModelSlot, hash: bigint, segment: ModelSegment): number {
    const { current, changedAt, first, owners } = slot;
    if (changedAt === 0 || this.clock - changedAt >= this.#window) return current;
    const oldestLast = [...owners, first];
    const owner = oldestLast.findLast((one) => one !== 0 && this.#state(one) !== "down") ?? 0;
    const serving = this.#state(current) === "down" && owner !== 0 ? owner : current;
    if (segment === "none") return serving;
    const bucket = this.#buckets[Number(((hash >> 32n) * BigInt(this.#buckets.length)) >> 32n)];
    if (bucket === undefined) throw new Error("a hash has a bucket");
    const place = bucket.findIndex((pin) => this.#holds(pin) && pin?.flow === hash);
    const pin = bucket[place];
    if (segment === "follows") {
      if (pin === undefined) {
        if (owner === 0) return serving;
        this.counts.stayed += 1;
        return owner;
      }
      if (this.#state(pin.adjacency) === "down") return serving;
      bucket[place] = { ...pin, seenAt: this.clock, isConfirmed: true };
      return pin.adjacency;
    }
    if (pin !== undefined && this.#state(pin.adjacency) === "up") return pin.adjacency;
    return this.#open(bucket, place, { serving, owner, hash });
  }

  #open(
    bucket: (Pin | undefined)[],
    known: number,
    { serving, owner, hash }: { serving: number; owner: number; hash: bigint },
  ): number {
    const place = known >= 0 ? known : bucket.findIndex((pin) => !this.#holds(pin));
    if (place < 0) {
      const stays = owner !== 0 && this.#state(owner) === "up";
      this.counts[stays ? "refused" : "turned"] += 1;
      return stays ? owner : serving;
    }
    this.counts.pinned += 1;
    if (known < 0 && bucket[place] !== undefined) this.counts.reused += 1;
    bucket[place] = { flow: hash, adjacency: serving, seenAt: this.clock, isConfirmed: false };
    return serving;
  }

  #state(adjacency: number): ModelState {
    return this.states.get(adjacency) ?? "up";
  }

  #holds(pin: Pin | undefined): boolean {
    if (pin === undefined) return false;
    const age = this.clock - pin.seenAt;
    return age < (pin.isConfirmed ? this.#window : Math.min(UNCONFIRMED_SECONDS, this.#window));
  }
}
