/** The log of a running router: one JSON object a line on stderr. */

import { type Logger, pino } from "pino";
import type { RouterEvent } from "../router/router.ts";

export type { Logger } from "pino";

/** A log that writes at once, so that nothing is lost when the process ends. */
export function createLog(level: string): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, pino.destination({ fd: 2, sync: true }));
}

/** Writes what happened, each kind at its level. */
export function logEvent(log: Logger, event: RouterEvent): void {
  const { event: name, ...fields } = event;
  if (event.event === "warning") log.warn(event.what);
  else if (event.event === "neighbor") log.debug(fields, name);
  else log.info(fields, name);
}
