/** The module's raw exports, as the host calls them: u32 in and out (results need `>>> 0`). */

/**
 * The functions of assembly/index.ts; each is documented where it stands.
 * A `type`, because the loader's generic refuses interfaces.
 */
export type EngineExports = {
  readonly LAYOUT_CHECKSUM: WebAssembly.Global;
  forwardBatch(worker: number, count: number): number;
  batchArrive(worker: number, count: number): number;
  batchLookUp(worker: number): void;
  batchResolve(worker: number): void;
  batchLeave(worker: number, count: number): void;
  batchTotal(worker: number, count: number): void;
  fragmentsRelease(worker: number, everything: number): number;
  copyWrite(worker: number, index: number): void;
  leavingCount(packet: number): number;
  leavingWrite(packet: number, index: number): void;
  messagesFill(port: number, count: number, seconds: number, nanoseconds: number): void;
  messagesGather(port: number): number;
  messagesSent(port: number, count: number, status: number): void;
  ringDiscard(port: number): number;
  ringReceive(port: number): number;
  ringRelease(port: number): void;
  ringSend(port: number, address: number, length: number): number;
  ringTransmit(port: number, worker: number, count: number): number;
  batchOtherHashes(count: number): void;
  batchPrefixLengths(count: number): void;
  batchKeepFamily(count: number, family: number): number;
  tallyBatch(count: number): void;
  fib4LookupBatch(addresses: number, groups: number, count: number): void;
  fib6LookupBatch(addresses: number, groups: number, count: number, worker: number): void;
  fib4MatchLength(address: number): number;
  fib6MatchLengthAt(address: number): number;
  fib4Reset(): void;
  fib6Reset(): void;
  sources4Reset(): void;
  sources6Reset(): void;
  sources4UpdateBatch(routes: number, count: number, budget: number): number;
  sources6UpdateBatch(routes: number, count: number, budget: number): number;
  fib4UpdateBatch(routes: number, count: number, budget: number): number;
  fib6UpdateBatch(routes: number, count: number, budget: number): number;
  fib4RouteGroups(routes: number, count: number): void;
  fib6RouteGroups(routes: number, count: number): void;
  fib4RoutesList(routes: number, count: number): number;
  fib6RoutesList(routes: number, count: number): number;
  epochEnter(worker: number): void;
  epochLeave(worker: number): void;
  flowsChoose(id: number, list: number, adjacencies: number, count: number): void;
  flowsHash4(list: number, count: number): void;
  flowsHash6(list: number, count: number): void;
  groupChoose(id: number, flow: number): number;
  groupBegin(id: number, count: number, flags: number, slotsLeast: number, from: number): number;
  groupStep(budget: number): number;
  groupAge(id: number, first: number, end: number): void;
  groupDigest(id: number): void;
  adjacencyIdentify(index: number, start: number, bytes: number): void;
  pcapWalk(max: number): number;
  pcapngWalk(max: number): number;
};
