/** What a thread that reads a group, while another one changes it, is told. */

/** What a reader is given. */
export interface GroupReaderTask {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly group: number;
  /** First byte of its flow records, which have their hashes. */
  readonly flows: number;
  readonly count: number;
  /** For each state the adjacency of each flow, u16. */
  readonly expected: SharedArrayBuffer;
  /** Changes begun, changes over, and whether to stop, i32. */
  readonly progress: SharedArrayBuffer;
}
