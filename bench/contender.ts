/** What takes part in a comparison: our engine, the frozen reference, a rival. */

/** What a row says of a contender besides its times. */
export interface ContenderDetails {
  /** Bytes of the table that lookups read. */
  readonly memoryBytes: number;
  /** Bytes of a table's entry; 0 where there is no such thing. */
  readonly entryBytes: number;
  /** Bytes of an answer. */
  readonly outputBytes: number;
  /** Whether the table lies on huge pages. */
  readonly hugePages: boolean;
  /** Language, library and compiler with their versions, and in which form it takes addresses. */
  readonly note: string;
}

/** A table that answers a stream of addresses, in turns that somebody else interleaves. */
export interface Contender {
  /** "anyfib", "DPDK rte_fib 2-byte AVX512". */
  readonly name: string;
  readonly details: ContenderDetails;
  /** Nanoseconds a lookup of every sample that one turn of about `seconds` takes. */
  turn(seconds: number): Promise<readonly number[]>;
  /** Digest of the answers to the whole stream, once. */
  digest(): Promise<string>;
  close(): Promise<void>;
}
