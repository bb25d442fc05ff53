/**
 * The flows that a simulation has seen, each with where it goes: a table of columns.
 *
 *     cell          0          1          2
 *     lows   u32    hash       0          hash        the flow's 64-bit hash, in two words
 *     highs  u32
 *     news   u32    hash       0          hash        lower word under the key to come, if any
 *     groups u16    9          0          12          its group; 0 marks a free cell
 *     hops   u16    3          0          1           adjacency of its last packet
 *     events u16    the event that last changed its way, plus 1
 *     judged u8     whether a packet came since, or the next hop of its last one is gone
 *
 * Open addressing by the hash's upper bits: its lower ones are the slot, so they would crowd.
 * Cost: 19 bytes a cell, at most three quarters of the cells in use; it doubles up to FLOWS_MAX
 * flows, and those beyond it are counted and not followed.
 */

/** Flows that are followed: 4 million take 160 MB. */
export const FLOWS_MAX = 4_194_304;
/** Mark of a flow whose next hop has gone down since its last packet: what it loses is lost. */
export const FLOW_LOST = 2;
const CELLS_FIRST = 16_384;

interface Columns {
  readonly lows: Uint32Array;
  readonly highs: Uint32Array;
  readonly news: Uint32Array;
  readonly groups: Uint16Array;
  readonly hops: Uint16Array;
  readonly events: Uint16Array;
  readonly judged: Uint8Array;
}

function columns(cells: number): Columns {
  return {
    lows: new Uint32Array(cells),
    highs: new Uint32Array(cells),
    news: new Uint32Array(cells),
    groups: new Uint16Array(cells),
    hops: new Uint16Array(cells),
    events: new Uint16Array(cells),
    judged: new Uint8Array(cells),
  };
}

/** Flows by their hash. Columns may be replaced by `enter`: do not keep them. */
export class FlowBook {
  #columns = columns(CELLS_FIRST);
  #count = 0;
  #lost = 0;
  #isTurned = false;

  /** Flows that are followed. */
  get count(): number {
    return this.#count;
  }

  /** Packets of flows that are not, for want of room. */
  get lostPackets(): number {
    return this.#lost;
  }

  /** Cells, free ones included. */
  get cells(): number {
    return this.#columns.lows.length;
  }

  /** Lower words of the hashes that flows choose by. */
  get hashLows(): Uint32Array {
    return this.#isTurned ? this.#columns.news : this.#columns.lows;
  }

  /** Lets flows choose by their hashes under the new key; they are found by the former ones. */
  turn(): void {
    this.#isTurned = true;
  }

  /** Group of each flow, 0 in a free cell. */
  get groups(): Uint16Array {
    return this.#columns.groups;
  }

  /** Adjacency of each flow's last packet. */
  get hops(): Uint16Array {
    return this.#columns.hops;
  }

  /** The event that last changed a flow's way, plus 1; 0 for none. */
  get events(): Uint16Array {
    return this.#columns.events;
  }

  /** 1 where a packet of the flow came since that event, FLOW_LOST where none can be kept. */
  get judged(): Uint8Array {
    return this.#columns.judged;
  }

  /** Marks the flows whose last packet went to one of these adjacencies, which are down. */
  lose(down: ReadonlySet<number>): void {
    const { groups, hops, judged } = this.#columns;
    for (let cell = 0; cell < groups.length; cell++) {
      if (groups[cell] !== 0 && down.has(hops[cell] ?? 0)) judged[cell] = FLOW_LOST;
    }
  }

  /** The cell of a flow, -1 for an unknown one. */
  find(low: number, high: number): number {
    const { lows, highs, groups } = this.#columns;
    const mask = lows.length - 1;
    for (let cell = high & mask; groups[cell] !== 0; cell = (cell + 1) & mask) {
      if (lows[cell] === low && highs[cell] === high) return cell;
    }
    return -1;
  }

  /** Counts a packet whose flow is not followed. */
  skip(): void {
    this.#lost += 1;
  }

  /**
   * Takes in a flow that `find` did not find, its group not 0; -1 where there is no room. `fresh`
   * is the lower word of its hash under the key to come.
   */
  enter(low: number, high: number, group: number, fresh = low): number {
    if (this.#count === FLOWS_MAX) {
      this.skip();
      return -1;
    }
    if (4 * (this.#count + 1) > 3 * this.cells) this.#grow();
    this.#count += 1;
    const cell = this.#place(low, high, group);
    this.#columns.news[cell] = fresh;
    return cell;
  }

  #place(low: number, high: number, group: number): number {
    const { lows, highs, groups } = this.#columns;
    const mask = lows.length - 1;
    let cell = high & mask;
    while (groups[cell] !== 0) cell = (cell + 1) & mask;
    lows[cell] = low;
    highs[cell] = high;
    groups[cell] = group;
    return cell;
  }

  #grow(): void {
    const old = this.#columns;
    this.#columns = columns(2 * old.lows.length);
    for (let from = 0; from < old.lows.length; from++) {
      const group = old.groups[from] ?? 0;
      if (group === 0) continue;
      const to = this.#place(old.lows[from] ?? 0, old.highs[from] ?? 0, group);
      this.#columns.news[to] = old.news[from] ?? 0;
      this.#columns.hops[to] = old.hops[from] ?? 0;
      this.#columns.events[to] = old.events[from] ?? 0;
      this.#columns.judged[to] = old.judged[from] ?? 0;
    }
  }
}
