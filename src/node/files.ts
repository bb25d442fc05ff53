/** Byte streams of the operating system: files, standard input, standard output. */

import { type FileHandle, open } from "node:fs/promises";
import type { ByteSink, ByteSource } from "../io/port.ts";
import { AnyfibError } from "../net/errors.ts";

/** What the common failures mean, in words. */
const REASONS: ReadonlyMap<string, { readonly what: string; readonly hint: string }> = new Map([
  ["ENOENT", { what: "no such file or folder", hint: "check the path" }],
  ["EISDIR", { what: "is a folder", hint: "give a file in it" }],
  ["ENOTDIR", { what: "a part of the path is no folder", hint: "check the path" }],
  ["EACCES", { what: "permission denied", hint: "check the file's mode and owner" }],
  ["EPERM", { what: "operation not permitted", hint: "check the file's mode and owner" }],
  ["ENOSPC", { what: "no space left on the device", hint: "free some, or write elsewhere" }],
  ["EMFILE", { what: "too many open files", hint: "raise the limit (ulimit -n)" }],
  ["EPIPE", { what: "the reader closed the pipe", hint: "nothing is lost but the rest" }],
]);

/** `code` of an error of Node.js, such as ENOENT. */
function systemCode(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

/** FILE, with the system's reason in words; an AnyfibError stays what it is. */
function fileError(name: string, error: unknown): AnyfibError {
  if (error instanceof AnyfibError) return error;
  const systemError = systemCode(error);
  const reason = REASONS.get(systemError) ?? {
    what: error instanceof Error ? error.message : String(error),
    hint: "see the system's message",
  };
  return new AnyfibError({
    code: "FILE",
    ...reason,
    where: name,
    detail: { systemError },
    cause: error,
  });
}

/** True where writing failed because the reader of a pipe has seen enough: no failure of ours. */
export function isClosedPipe(error: unknown): boolean {
  return error instanceof AnyfibError && error.detail.systemError === "EPIPE";
}

/** Runs an operation of Node.js; what it throws becomes FILE. */
async function named<T>(name: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fileError(name, error);
  }
}

/** A file, read from its start; closed by its disposal. Throws FILE; a folder's first read does. */
export async function openFileSource(path: string): Promise<ByteSource> {
  const handle = await named(path, () => open(path, "r"));
  return {
    name: path,
    async read(target: Uint8Array): Promise<number> {
      const { bytesRead } = await named(path, () => handle.read(target, 0, target.length, null));
      return bytesRead;
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/** A file, made or emptied. Throws FILE. */
export async function openFileSink(path: string): Promise<ByteSink> {
  const handle = await named(path, () => open(path, "w"));
  return {
    name: path,
    write: (bytes: Uint8Array) => named(path, () => writeAll(handle, bytes)),
    [Symbol.asyncDispose]: () => named(path, () => handle.close()),
  };
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}

/** Standard input, which cannot be opened twice; its disposal closes it. */
export function standardInput(): ByteSource {
  const name = "-";
  const chunks = process.stdin[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array(0);
  return {
    name,
    async read(target: Uint8Array): Promise<number> {
      while (chunk.length === 0) {
        const next = await named(name, () => chunks.next());
        if (next.done) return 0;
        chunk = next.value;
      }
      const part = chunk.subarray(0, target.length);
      target.set(part);
      chunk = chunk.subarray(part.length);
      return part.length;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      process.stdin.destroy();
    },
  };
}

/** Standard output; it stays open. */
export function standardOutput(): ByteSink {
  const name = "-";
  const { stdout } = process;
  let failure: AnyfibError | undefined;
  // The failure reaches the write that met it; without a listener the event would end the process.
  stdout.on("error", () => {});
  return {
    name,
    async write(bytes: Uint8Array): Promise<void> {
      // Once it has failed, Node.js has other words for each further write.
      if (failure) throw failure;
      await new Promise<void>((resolve, reject) => {
        stdout.write(bytes, (error) => {
          if (error) failure = fileError(name, error);
          if (failure) reject(failure);
          else resolve();
        });
      });
    },
    async [Symbol.asyncDispose](): Promise<void> {},
  };
}
