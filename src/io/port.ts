/** The two interfaces that everything which brings bytes or packets stands behind. */

/** A stream of bytes that somebody else opened: a file, standard input, a decompressor. */
export interface ByteSource extends AsyncDisposable {
  /** As messages name it: a path, or `-`. */
  readonly name: string;
  /**
   * Fills `target` from its start, as far as bytes are at hand.
   * Returns how many bytes were written: at least 1, or 0 at the end.
   */
  read(target: Uint8Array): Promise<number>;
}

/** Where bytes go: a file, standard output. */
export interface ByteSink extends AsyncDisposable {
  readonly name: string;
  /** Takes all of `bytes`; they may be overwritten once the promise resolves. */
  write(bytes: Uint8Array): Promise<void>;
}
