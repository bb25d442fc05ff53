/** anyfib for Node: the forwarder, captures and tables from files. */

import {
  type CreateForwarderOptions,
  createForwarder as createCoreForwarder,
  type Forwarder,
} from "./core.ts";
import { readModule } from "./node/module.ts";

export * from "./core.ts";
export { type Capture, openCapture } from "./node/captures.ts";
export {
  type Device,
  type LiveMode,
  type LivePort,
  type LivePortOptions,
  openInterface,
  type PortCounters,
  ringBytesFor,
} from "./node/live.ts";
export { type LoadedTable, type LoadTableOptions, loadTable } from "./node/tables.ts";

/** As in anyfib/core; the module is read from the package unless given. */
export async function createForwarder(options: CreateForwarderOptions = {}): Promise<Forwarder> {
  return createCoreForwarder({ ...options, module: options.module ?? (await readModule()) });
}
