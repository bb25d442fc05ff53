/**
 * Epochs, the readers' side: a worker says when it may be holding addresses of nodes.
 *
 * The writer unlinks nodes, moves the clock on, and reuses them once every worker has been seen
 * between batches, or in a batch that it entered after that. So readers wait for nobody, and what
 * they hold stays as it is until their batch ends.
 *
 *   writer   unlink A, clock 7 -> 8         A is free when no worker is in an epoch below 8
 *   worker   enter 7 … may still see A … leave | enter 8 … cannot reach A …
 *
 * Entering stores before it loads any link, and the writer stores links before it loads what
 * workers entered: all four are sequentially consistent, and a load of this kind holds back the
 * plain loads behind it. A module without threads has one worker that is its own writer: there is
 * nothing to announce.
 * Source: Fraser, Practical Lock-Freedom (2004), section 5.2.3.
 */

import { HEADER, HEADER_EPOCH, HEADER_WORKERS, WORKER_BYTES } from "../layout";

/**
 * A worker begins to read: nodes that it can reach now stay until it leaves. Once inside, it does
 * not enter again; forwarding a batch enters and leaves by itself.
 */
export function epochEnter(worker: u32): void {
  if (ASC_FEATURE_THREADS) {
    assert(atomic.load<u32>(HEADER + worker * WORKER_BYTES, HEADER_WORKERS) == 0);
    const epoch = atomic.load<u32>(HEADER, HEADER_EPOCH);
    atomic.store<u32>(HEADER + worker * WORKER_BYTES, epoch, HEADER_WORKERS);
    // What is loaded after this load was stored before the writer could see us between batches.
    atomic.load<u32>(HEADER, HEADER_EPOCH);
  }
}

/** The worker holds no address of a node any more. */
export function epochLeave(worker: u32): void {
  if (ASC_FEATURE_THREADS) {
    atomic.store<u32>(HEADER + worker * WORKER_BYTES, 0, HEADER_WORKERS);
  }
}
