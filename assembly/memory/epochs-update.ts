/** Epochs, the writer's side: the clock, publishing, and what no reader can hold any more. */

import { HEADER, HEADER_EPOCH, HEADER_WORKERS, WORKER_BYTES, WORKERS_MAX } from "../layout";

/** The clock: it starts at 1, as 0 means that a worker is between batches. */
export function epochNow(): u32 {
  return load<u32>(HEADER, HEADER_EPOCH);
}

/** Moves the clock on, after nodes were unlinked. It wraps after 2^32 updates: never to 0. */
export function epochAdvance(): void {
  const next = epochNow() + 1;
  if (ASC_FEATURE_THREADS) {
    atomic.store<u32>(HEADER, next != 0 ? next : 1, HEADER_EPOCH);
  } else {
    store<u32>(HEADER, next != 0 ? next : 1, HEADER_EPOCH);
  }
}

/** The oldest epoch that a worker is in, or the present one: nodes unlinked before it are free. */
export function epochOldest(): u32 {
  let oldest = epochNow();
  if (ASC_FEATURE_THREADS) {
    for (let worker: u32 = 0; worker < WORKERS_MAX; worker++) {
      const entered = atomic.load<u32>(HEADER + worker * WORKER_BYTES, HEADER_WORKERS);
      if (entered != 0 && <i32>(entered - oldest) < 0) oldest = entered;
    }
  }
  return oldest;
}

/** Stores a word that readers follow, after all that it leads to. */
export function publish(address: u32, word: u32): void {
  if (ASC_FEATURE_THREADS) atomic.store<u32>(address, word);
  else store<u32>(address, word);
}
