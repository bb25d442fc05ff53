/** A byte source that stops waiting when an AbortSignal says so. */

import { AnyfibError } from "../net/errors.ts";
import type { ByteSource } from "./port.ts";

function abortedError(source: ByteSource, cause: unknown): AnyfibError {
  return new AnyfibError({
    code: "ABORTED",
    what: "reading was stopped",
    where: source.name,
    hint: "what was read before stands",
    cause,
  });
}

/**
 * The source, whose `read` rejects with ABORTED once the signal fires, even while it waits. The
 * read that was given up may still write into its target: dispose of the source and read no more.
 */
export function abortable(source: ByteSource, signal: AbortSignal): ByteSource {
  return {
    name: source.name,
    async read(target: Uint8Array): Promise<number> {
      if (signal.aborted) throw abortedError(source, signal.reason);
      let onAbort = (): void => {};
      const aborted = new Promise<never>((_, reject) => {
        onAbort = () => reject(abortedError(source, signal.reason));
      });
      signal.addEventListener("abort", onAbort);
      try {
        return await Promise.race([source.read(target), aborted]);
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}
