/** `anyfib run`: the router on live interfaces. */

import { spawnSync } from "node:child_process";
import { createForwarder, type Forwarder } from "../core.ts";
import { watchLinks } from "../io/link-news.ts";
import { loadLibc } from "../io/load-libc.ts";
import { AnyfibError, EXIT } from "../net/errors.ts";
import { quoted } from "../net/printable.ts";
import { readModule } from "../node/module.ts";
import { CarrierWatch } from "../router/carrier.ts";
import { currentMtu } from "../router/live-links.ts";
import { Loop } from "../router/loop.ts";
import type { LoopEvent } from "../router/loop-messages.ts";
import { Router, type RouterEvent } from "../router/router.ts";
import { ControlSocket } from "../telemetry/control-socket.ts";
import { createLog, type Logger, logEvent } from "../telemetry/log.ts";
import { serveMetrics } from "../telemetry/metrics.ts";
import { type Notify, openNotify, watchdogInterval } from "../telemetry/notify.ts";
import { checkVerb } from "./check.ts";
import { DropCapture } from "./drop-capture.ts";
import type { HashFlags } from "./hash-flags.ts";
import { configPath, type LiveConfig, readLiveConfig } from "./run-config.ts";
import { tableLines } from "./run-dump.ts";
import { addressTap } from "./run-kernel.ts";
import { Reloads } from "./run-reload.ts";
import { RpkiGuard } from "./run-rpki.ts";
import { keepState, restoreState, stateFile } from "./run-state.ts";
import { controlVerbs, statusOf, type VerbParts } from "./run-verbs.ts";
import { CutWarnings } from "./run-warnings.ts";
import type { Terminal } from "./terminal.ts";

interface RunFlags extends HashFlags {
  readonly config?: string;
  readonly dryRun?: true;
  readonly for?: number;
  readonly capture?: string;
}

/** The TAP by which the kernel gets what is for the router's own addresses. */
const TAP = "anyfib0";
/** How long the start waits for the MACs of next hops, before those without one count as down. */
const RESOLVE_MS = 1500;
const RESOLVE_STEP_MS = 10;
/** How often the clock is told: drains and previous owners end by it. */
const CLOCK_MS = 1000;
/** How often the state is kept, in seconds. */
const KEEP_SECONDS = 60;

/** `anyfib run`. */
export async function runVerb(terminal: Terminal, flags: RunFlags): Promise<number> {
  const name = configPath(flags.config);
  if (flags.dryRun) return checkVerb(terminal, {}, [name]);
  const warnings: string[] = [];
  const config = await readLiveConfig(name, flags, (warning) => warnings.push(warning));
  const log = createLog(config.file.config.log.level);
  for (const warning of warnings) log.warn(warning);
  const notify = await openNotify(process.env.NOTIFY_SOCKET);
  const shared = await readModule("shared");
  const forwarder = await createForwarder({ ...config.options, module: shared });
  forwarder.setClock(Date.now() / 1000);
  const life = new Life(terminal.signal, flags.for);
  const { capture } = flags;
  const drops = capture === undefined ? null : await DropCapture.open(capture, config.links);
  try {
    await serve({ config, log, notify, forwarder, shared, life, drops });
  } finally {
    await drops?.finish();
    if (drops !== null) log.info({ written: drops.written, lost: drops.lost }, "capture");
  }
  return EXIT.ok;
}

interface ServeParts {
  readonly config: LiveConfig;
  readonly log: Logger;
  readonly notify: Notify;
  readonly forwarder: Forwarder;
  readonly shared: Uint8Array<ArrayBuffer>;
  readonly life: Life;
  /** Where what is dropped is written. */
  readonly drops: DropCapture | null;
}

/** Serves until its life ends. Throws what ended it, where that is a fault. */
async function serve(parts: ServeParts): Promise<void> {
  const { config, log, notify, forwarder, shared, life, drops } = parts;
  const events: ((event: RouterEvent) => void)[] = [(event) => logEvent(log, event)];
  const loop = await Loop.start({
    engine: forwarder.engine,
    module: await WebAssembly.compile(shared),
    links: config.links,
    tap: TAP,
    tellsDrops: drops !== null,
    onEvent: (event) => {
      if (event.kind === "dropped") drops?.take(event.packets, event.lost);
      else follow(router, event, log);
    },
    onEnd: (error) => life.fail(error),
  });
  await using _loop = loop;
  const router = new Router({
    forwarder,
    links: config.links,
    pin: (link, address) => loop.pin(link, address),
    verify: (link) => loop.verify(link),
    resume: (link, address) => loop.resume(link, address),
    say: (event) => {
      for (const hear of events) hear(event);
    },
  });
  for (const fault of addressTap(TAP, config.links)) log.warn(fault);
  const kept = stateFile(config.name, config.file.config.state?.snapshot);
  const warn = (warning: string): void => log.warn(warning);
  if (kept !== undefined && restoreState(router, kept, warn)) log.info({ file: kept }, "restored");
  using carriers = watchCarriers(router);
  using _news = watchLinks(await loadLibc(), () => followLinks(router, carriers));
  await resolved(router, life);
  router.begin();
  loop.forward();
  const info = (what: object, message: string): void => log.info(what, message);
  using guard = new RpkiGuard(config, { router, info, warn });
  const reloads = new Reloads({ router, warn, guard }, config);
  const verbs: VerbParts = {
    router,
    loop,
    started: performance.now(),
    reload: () => reloading(reloads, notify, log),
    rpki: () => guard.status,
    dump: () => tableLines(reloads.current.table),
  };
  await using control = await ControlSocket.listen(
    config.file.config.control.socket,
    controlVerbs(verbs),
  );
  events.push((event) => control.tell(event));
  using _metrics = await listenMetrics(config, verbs);
  dropRights(config, log);
  log.info({ ports: loop.ports, key_id: forwarder.keyId, up: router.serving }, "ready");
  notify("READY=1");
  using _signals = onSignals(verbs, log);
  const cuts = new CutWarnings(warn);
  using _clock = every(CLOCK_MS, () => {
    forwarder.setClock(Date.now() / 1000);
    cuts.look(loop.numbers().ports);
    if (kept !== undefined && Math.floor(Date.now() / 1000) % KEEP_SECONDS === 0) {
      keepState(router, kept, warn);
    }
  });
  using _watchdog = watchdog(loop, notify);
  const why = await life.ended();
  log.info({ why, ...statusOf(verbs) }, "stopping");
  notify("STOPPING=1");
  if (kept !== undefined) keepState(router, kept, warn);
}

function follow(router: Router, event: LoopEvent, log: Logger): void {
  if (event.kind === "found") router.found(event.link, event.address, event.mac);
  else if (event.kind === "lost") router.lost(event.link, event.address);
  else if (event.kind === "warning") log.warn(event.what);
}

function watchCarriers(router: Router): CarrierWatch {
  const devices = router.links.map(({ device }) => device);
  return new CarrierWatch(devices, (device, isUp) => {
    for (const link of router.links) if (link.device === device) router.carrier(link, isUp);
  });
}

/** The kernel says that something changed about interfaces. */
function followLinks(router: Router, carriers: CarrierWatch): void {
  carriers.look();
  for (const link of router.links) router.resize(link, currentMtu(link));
}

/** Waits until all next hops have MACs, but not for ever. */
async function resolved(router: Router, life: Life): Promise<void> {
  const end = performance.now() + RESOLVE_MS;
  while (router.waiting > 0 && performance.now() < end && !life.isOver) {
    await new Promise((resolve) => setTimeout(resolve, RESOLVE_STEP_MS));
  }
}

async function reloading(reloads: Reloads, notify: Notify, log: Logger) {
  const microseconds = Math.round(performance.now() * 1000);
  notify(`RELOADING=1\nMONOTONIC_USEC=${microseconds}`);
  try {
    return await reloads.reload();
  } catch (error) {
    log.error({ error: String(Object(error).message) }, "not reloaded; all is as it was");
    throw error;
  } finally {
    notify("READY=1");
  }
}

async function listenMetrics(config: LiveConfig, { router, loop }: VerbParts): Promise<Disposable> {
  const listen = config.file.config.metrics?.listen;
  if (listen === undefined) return { [Symbol.dispose]: () => undefined };
  const where = config.file.where(["metrics", "listen"]);
  const server = await serveMetrics(listen, { router, numbers: () => loop.numbers() }, where);
  return {
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The group of a user. Throws CONFIG for a user that the machine does not know. */
function groupOf(user: string, where: string): number {
  const { status, stdout } = spawnSync("id", ["-g", "--", user], { encoding: "utf8" });
  if (status === 0) return Number(stdout);
  const hint = "name one that id knows";
  throw new AnyfibError({ code: "CONFIG", what: `no user ${quoted(user)}`, where, hint });
}

/** Rings, sockets and listeners are open: nothing from here on needs rights. */
function dropRights({ file }: LiveConfig, log: Logger): void {
  const { user } = file.config;
  if (user === undefined || process.getuid?.() !== 0) return;
  const group = groupOf(user, file.where(["user"]));
  // The C library changes all threads of the process.
  process.setgroups?.([]);
  process.setgid?.(group);
  process.setuid?.(user);
  log.info({ user }, "rights dropped");
}

function onSignals(verbs: VerbParts, log: Logger): Disposable {
  // What is wrong was logged where it was found.
  const hup = (): void => void Promise.resolve(verbs.reload()).catch(() => undefined);
  const usr2 = (): void => log.info(statusOf(verbs), "statistics");
  process.on("SIGHUP", hup);
  process.on("SIGUSR2", usr2);
  return {
    [Symbol.dispose]: () => {
      process.off("SIGHUP", hup);
      process.off("SIGUSR2", usr2);
    },
  };
}

function every(milliseconds: number, work: () => void): Disposable {
  const timer = setInterval(work, milliseconds);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Signs of life while the loop turns: a loop that hangs is not alive. */
function watchdog(loop: Loop, notify: Notify): Disposable {
  const interval = watchdogInterval(process.env.WATCHDOG_USEC);
  if (interval === undefined) return { [Symbol.dispose]: () => undefined };
  let turns = -1;
  return every(interval, () => {
    const now = loop.numbers().turns;
    if (now !== turns) notify("WATCHDOG=1");
    turns = now;
  });
}

/** When a router ends: by SIGTERM, the time that it was given, an interruption, or a fault. */
class Life {
  readonly #end: Promise<string>;
  #resolve: (why: string) => void = () => undefined;
  #reject: (error: AnyfibError) => void = () => undefined;
  isOver = false;

  constructor(interruption: AbortSignal, seconds: number | undefined) {
    this.#end = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A fault may come before anybody waits.
    this.#end.catch(() => undefined);
    process.once("SIGTERM", () => this.#over("SIGTERM"));
    interruption.addEventListener("abort", () => this.#over("SIGINT"), { once: true });
    if (seconds !== undefined) setTimeout(() => this.#over("--for"), seconds * 1000);
  }

  ended(): Promise<string> {
    return this.#end;
  }

  fail(error: AnyfibError): void {
    this.isOver = true;
    this.#reject(error);
  }

  #over(why: string): void {
    this.isOver = true;
    this.#resolve(why);
  }
}
