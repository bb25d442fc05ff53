/** What the host may call, and the proof that both read the same layout. */

import "./layout-check";

export { pcapWalk } from "./capture/pcap";
export { pcapngWalk } from "./capture/pcapng";
export { fib4LookupBatch, fib4MatchLength } from "./fib/fib4";
export {
  fib4Reset,
  fib4UpdateBatch,
  sources4Reset,
  sources4UpdateBatch,
} from "./fib/fib4-update";
export { fib6LookupBatch, fib6MatchLengthAt } from "./fib/fib6";
export {
  fib6Reset,
  fib6UpdateBatch,
  sources6Reset,
  sources6UpdateBatch,
} from "./fib/fib6-update";
export { fib4RouteGroups, fib4RoutesList, fib6RouteGroups, fib6RoutesList } from "./fib/routes";
export { flowsChoose, flowsHash4, flowsHash6 } from "./flow/bulk";
export { groupChoose } from "./flow/group";
export { groupAge, groupBegin, groupDigest, groupStep } from "./flow/group-update";
export { adjacencyIdentify } from "./flow/identity-update";
export { tallyBatch } from "./flow/tally";
export {
  batchArrive,
  batchLeave,
  batchLookUp,
  batchPrefixLengths,
  batchResolve,
  batchTotal,
  forwardBatch,
} from "./forward/batch";
export { copyWrite } from "./forward/copies";
export { batchKeepFamily } from "./forward/filter";
export { fragmentsRelease } from "./forward/fragments";
export { leavingCount, leavingWrite } from "./forward/leaving";
export { batchOtherHashes } from "./forward/other-key";
export { LAYOUT_CHECKSUM } from "./layout";
export { epochEnter, epochLeave } from "./memory/epochs";
export { messagesFill, messagesGather, messagesSent } from "./ring/message-ring";
export { ringDiscard, ringReceive, ringRelease, ringSend, ringTransmit } from "./ring/packet-ring";
