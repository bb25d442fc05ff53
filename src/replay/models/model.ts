/** What a model of another algorithm is: how it gives flows to next hops, and takes changes. */

/** A member of a group as a model sees it. */
export interface ModelMember {
  readonly adjacency: number;
  /** Its address as text: what a permutation may be drawn from. */
  readonly name: string;
  /** At least 1. */
  readonly weight: number;
}

/** One group under another algorithm; it takes 32 bits of our flow hash, as the others have. */
export interface ModelGroup {
  /** The members that serve from now on, distinct, possibly none; `nowNs` is capture time. */
  update(members: readonly ModelMember[], nowNs: bigint): void;
  /** The adjacency of a flow; 0 where there are no members. */
  choose(hash: number): number;
  /** A packet is about to be forwarded: for algorithms that look at time. */
  pass?(hash: number, nowNs: bigint): void;
}

/** Makes an empty group. */
export type Model = () => ModelGroup;
