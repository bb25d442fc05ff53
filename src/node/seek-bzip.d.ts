/** The parts of seek-bzip 2.0.0 that are used: it has no types of its own. */

declare module "seek-bzip" {
  namespace Bunzip {
    /** Where compressed bytes come from; it may throw. */
    interface Input {
      readByte(): number;
      read(buffer: Uint8Array, offset: number, length: number): number;
    }

    /** Where decompressed bytes go. */
    interface Output {
      writeByte(byte: number): void;
    }
  }

  /**
   * A decoder at the start of a stream. The package's public calls decode a whole file at once;
   * these are the steps that they are made of. The version is pinned, and tests hold them.
   */
  class Bunzip {
    constructor(input: Bunzip.Input, output: Bunzip.Output);
    /** Reads a block; false where the stream ends instead. */
    _init_block(): boolean;
    /** Writes the block that was read, and checks it. */
    _read_bunzip(): void;
    readonly reader: { read(bits: number): number };
    /** Checksum of the blocks so far. */
    readonly streamCRC: number;
  }

  export = Bunzip;
}
