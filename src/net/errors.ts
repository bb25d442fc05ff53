/** The one family of errors: a stable code, what failed, and what to do about it. */

/** Exit statuses of the command line, by meaning. */
export const EXIT = {
  ok: 0,
  negative: 1,
  usage: 2,
  data: 3,
  environment: 4,
  interrupted: 130,
} as const;

const EXIT_OF_CODE = {
  /** A flag, argument or combination of them that cannot be meant. */
  USAGE: EXIT.usage,
  /** The configuration does not say something that can be done. */
  CONFIG: EXIT.usage,
  /** More routes, next hops or bytes than a limit allows. */
  CAPACITY: EXIT.usage,
  /** A table's text or structure cannot be read. */
  TABLE_SYNTAX: EXIT.data,
  /** A line of other input cannot be read. */
  INPUT_SYNTAX: EXIT.data,
  /** A capture is of no known format or breaks its format's rules. */
  CAPTURE_FORMAT: EXIT.data,
  /** A capture ends inside a header or a record. */
  CAPTURE_CUT: EXIT.data,
  /** A snapshot breaks its form, or does not fit the forwarder's routes. */
  SNAPSHOT: EXIT.data,
  /** Compressed input is damaged, or grows beyond the ratio limit. */
  DECOMPRESSION: EXIT.data,
  /** A file cannot be opened, read or written. */
  FILE: EXIT.environment,
  /** The platform lacks something that is needed. */
  ENVIRONMENT: EXIT.environment,
  /** The WebAssembly module and the host were built from different layouts. */
  LAYOUT: EXIT.environment,
  /** The caller stopped the work through its AbortSignal. */
  ABORTED: EXIT.interrupted,
} as const;

/** What a program tests to tell errors apart. */
export type ErrorCode = keyof typeof EXIT_OF_CODE;

/** What an error is made of. */
export interface ErrorParts {
  /** Stable over releases; what a program tests. */
  readonly code: ErrorCode;
  /** One line, without the place and the hint: what is wrong. */
  readonly what: string;
  /** Where: `file:line:column`, `file@offset`, a flag. */
  readonly where?: string;
  /** What to do about it. */
  readonly hint: string;
  /** The failing values. */
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Thrown at set-up and parse borders, never inside the packet loop. */
export class AnyfibError extends Error {
  override readonly name = "AnyfibError";
  readonly code: ErrorCode;
  /** What is wrong, without the place and the hint. */
  readonly what: string;
  readonly where: string | undefined;
  readonly hint: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** The exit status that the command line ends with. */
  readonly exitCode: number;

  constructor(parts: ErrorParts) {
    const place = parts.where === undefined ? "" : `${parts.where}: `;
    super(`${place}${parts.what}; ${parts.hint}`, { cause: parts.cause });
    this.code = parts.code;
    this.what = parts.what;
    this.where = parts.where;
    this.hint = parts.hint;
    this.detail = parts.detail ?? {};
    this.exitCode = EXIT_OF_CODE[parts.code];
  }
}
