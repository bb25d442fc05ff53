/** What is said of a damaged capture: what, at which offset, and what to do. */

import { AnyfibError } from "../net/errors.ts";

/** Where damage was met: the file's name and the position in its (decompressed) bytes. */
export interface CapturePlace {
  readonly name: string;
  readonly offset: number;
}

const REPAIR = "cut the file there, repair it (pcapfix), or capture anew";

/** A capture of an unknown format, or one that breaks its format's rules. */
export function formatError(
  place: CapturePlace,
  what: string,
  detail: Readonly<Record<string, unknown>>,
  hint = REPAIR,
): AnyfibError {
  const where = `${place.name}@${place.offset}`;
  return new AnyfibError({
    code: "CAPTURE_FORMAT",
    what,
    where,
    hint,
    detail: { ...place, ...detail },
  });
}

/** A capture that ends within a header or a record, of which `held` bytes are there. */
export function cutError(place: CapturePlace, part: string, held: number): AnyfibError {
  return new AnyfibError({
    code: "CAPTURE_CUT",
    what: `the file ends within ${part}, after ${held} of its bytes`,
    where: `${place.name}@${place.offset}`,
    hint: "what comes before it was read; was the capture still being written?",
    detail: { ...place, held },
  });
}
