/** The verbs and their flags; what a verb does is loaded when it is called. */

import { Argument, Command, Option } from "commander";
import { HASH_ALGORITHMS } from "../router/hash-names.ts";
import {
  collect,
  type FormFlags,
  formOf,
  parseCount,
  parseMultiplier,
  parsePercent,
  parsePositiveCount,
} from "./arguments.ts";
import { withDecision } from "./decision-flags.ts";
import type { ColorMode, Terminal } from "./terminal.ts";

/** Forms of the rows of MRT files. */
const RIB_FORMATS = ["text", "json", "bgpdump", "mrt", "parquet"] as const;

const CLOCK_HELP =
  "whose time updates have: they begin with the capture, or when they were recorded";

/** Flags that every verb takes. */
export interface GlobalFlags {
  readonly quiet?: true;
  readonly color: ColorMode;
}

/** What the program needs from its surroundings. */
export interface ProgramContext {
  readonly version: string;
  /** The terminal as the global flags want it. */
  readonly terminal: (flags: GlobalFlags) => Terminal;
  /** Takes the exit status of the verb that ran. */
  readonly exit: (status: number) => void;
}

/** A verb's work: its flags and arguments in, its exit status out. */
type Verb<Flags> = (terminal: Terminal, flags: Flags, args: readonly string[]) => Promise<number>;

const EXPRESSION_HELP =
  "packets that count, as for tcpdump: host, net, port, protocols, vlan, and …";
const RPKI_FLAG = "--rpki <file>";
const RPKI_HELP =
  "VRPs to validate origins with: JSON or CSV of routinator, rpki-client (repeatable)";
const TABLE_FLAG = "--table <file>";
const TABLE_HELP = "routes: text, ip route output, MRT or YAML (repeatable; - is stdin)";

/** Ends a command that was given no verb, or one that it does not have, with one line. */
function unknownVerb(command: Command): never {
  const verbs = command.commands.map((verb) => verb.name()).join(", ");
  const [given] = command.args;
  command.error(`${given === undefined ? "no verb" : `unknown verb '${given}'`}; verbs: ${verbs}`);
}

/** Lets a command run a verb: commander hands over arguments, then flags, then itself. */
function runs<Flags>(
  command: Command,
  context: ProgramContext,
  load: () => Promise<Verb<Flags>>,
): Command {
  return command.action(async () => {
    const flags = command.optsWithGlobals<Flags & GlobalFlags>();
    const verb = await load();
    context.exit(await verb(context.terminal(flags), flags, command.args));
  });
}

function withTables(command: Command): Command {
  return command
    .option(TABLE_FLAG, TABLE_HELP, collect)
    .option("--next-hop <address>", "next hop of prefixes that stand alone", collect)
    .option("--key <file|hex>", "master key of the flow hash (default: $ANYFIB_KEY, or all zero)")
    .addOption(new Option("--hash <name>", "function of the flow hash").choices(HASH_ALGORITHMS))
    .option("--hash-fields <list>", "fields that count: src,dst,proto,sport,dport,flow_label")
    .option("--hash-symmetric", "both directions of a flow hash alike")
    .option("--tier <name>", "keys of their own for this tier of forwarders");
}

/** A report as text or JSON: `--json` is short for `--format json`. */
function withReport(command: Command, help: string): Command {
  return command
    .option("--json", help)
    .addOption(new Option("--format <form>", "form of the report").choices(["text", "json"]))
    .hook("preAction", () => {
      const { json, format } = command.opts<FormFlags<"text" | "json">>();
      if (formOf({ json, format }) === "json") command.setOptionValue("json", true);
    });
}

function withFamily(command: Command): Command {
  return command
    .addOption(new Option("-4", "IPv4 alone").conflicts("6"))
    .addOption(new Option("-6", "IPv6 alone").conflicts("4"));
}

function addLookup(program: Command, context: ProgramContext): void {
  const command = withFamily(withTables(program.command("lookup")))
    .summary("where packets to an address go")
    .description("Looks addresses up: prefix, next hops, and the choice for a flow.")
    .argument("<address...>", "addresses, or - to read them from stdin, one a line")
    .option("--flow <flow>", "SRC[:PORT],PROTO[,DPORT]: the flow to choose a next hop for")
    .option(RPKI_FLAG, RPKI_HELP, collect)
    .option("--json", "one JSON array")
    .option("--ndjson", "one JSON object a line");
  runs(command, context, async () => (await import("./lookup.ts")).lookup);
}

function addReplay(program: Command, context: ProgramContext): void {
  const command = withFamily(withTables(program.command("replay")))
    .summary("a capture through the forwarder")
    .description("Forwards every packet of a capture and reports who got what.")
    .argument("[expression...]", EXPRESSION_HELP)
    .requiredOption("-r <file>", "capture to read: pcap or pcapng, compressed or not; - is stdin")
    .option("-c <count>", "stop after this many packets", parsePositiveCount)
    .option("-w <file>", "write forwarded packets as they leave: pcap, or .pcapng with comments")
    .option("-i <interface>", "send forwarded packets by this interface, at the capture's pace")
    .option("-p <packets>", "packets a second", parsePositiveCount)
    .option("-M <megabits>", "megabits a second", parsePositiveCount)
    .option("-x <multiplier>", "so many times as fast as the capture", parseMultiplier)
    .option("-t", "as fast as it goes")
    .option("-l <loops>", "replay the capture so many times", parsePositiveCount)
    .option("-L <limit>", "stop after so many packets of all loops", parsePositiveCount)
    .option("--duration <seconds>", "stop sending after so many seconds", parseMultiplier)
    .option("--input <interface>", "the configuration's interface that the packets came in by")
    .option("--replies <file>", "write the ICMP errors that the router would send")
    .option("--updates <file>", "MRT updates that change the tables meanwhile", collect)
    .addOption(new Option("--clock <whose>", CLOCK_HELP).choices(["capture", "mrt"]))
    .addOption(new Option("--split-by <key>", "one capture for each").choices(["next-hop", "site"]))
    .option("--split-dir <dir>", "where the split captures go")
    .option("--verdicts <file>", "a row for every packet: .csv, otherwise NDJSON")
    .option("--expect <file>", "compare with a golden report; status 1 where it differs")
    .option("--json", "the report as JSON");
  runs(command, context, async () => (await import("./replay.ts")).replayVerb);
}

function addSimulate(program: Command, context: ProgramContext): void {
  const command = withFamily(withTables(program.command("simulate")))
    .summary("a failover rehearsed on captures")
    .description("Replays captures while next hops come and go, and reports what moved and broke.")
    .argument("[expression...]", EXPRESSION_HELP)
    .requiredOption("-r <file>", "capture to read, [SITE=]FILE (repeatable)", collect)
    .option("-c <count>", "stop after this many packets", parsePositiveCount)
    .option("--no-pins", "let connections go where their slots go, also those from before")
    .option(
      "--event <event>",
      "WHEN:up|down|drain|weight=W:NEXTHOP|SITE, WHEN:key:FILE (repeatable)",
      collect,
    )
    .option("--compare <models>", "the same under maglev,modulo,hash-threshold,resilient")
    .option("--html <file>", "writes the report as one page")
    .option("--json", "the report as JSON");
  runs(command, context, async () => (await import("./simulate.ts")).simulateVerb);
}

function addExplain(program: Command, context: ProgramContext): void {
  const command = withTables(program.command("explain"))
    .summary("why a packet goes where it goes")
    .description("Follows packets decision by decision, and says where losses would lead them.")
    .option("-r <file>", "capture to read the packet from; - is stdin")
    .option("-c <count>", "the first so many packets", parsePositiveCount)
    .option("--packet <number>", "the packet of this number, from 1", parsePositiveCount)
    .option("--hex <digits>", "the packet itself, from its Ethernet or IP header on")
    .option("--dst <address>", "a packet to this address")
    .option("--flow <flow>", "SRC[:PORT],PROTO[,DPORT]: the flow of the packet to --dst")
    .option("--input <interface>", "the configuration's interface that it came in by")
    .option(RPKI_FLAG, RPKI_HELP, collect)
    .option("--json", "as JSON");
  runs(command, context, async () => (await import("./explain.ts")).explainVerb);
}

function addInfo(program: Command, context: ProgramContext): void {
  const command = program
    .command("info")
    .summary("what a file is and holds")
    .description("Describes a capture or a table.")
    .argument("<file>", "capture or table; - is stdin")
    .option("--next-hop <address>", "next hop of prefixes that stand alone", collect)
    .option("--json", "as JSON");
  runs(command, context, async () => (await import("./info.ts")).info);
}

function parseSize(text: string): number | "imix" {
  return text === "imix" ? text : parsePositiveCount(text);
}

function addGenerate(program: Command, context: ProgramContext): void {
  const generate = program.command("gen").summary("make tables and captures");
  generate.action(() => unknownVerb(generate));
  const table = generate
    .command("table")
    .summary("a table with the Internet's prefix lengths")
    .option("--routes <count>", "IPv4 routes", parseCount)
    .option("--routes6 <count>", "IPv6 routes", parseCount)
    .addOption(
      new Option("--table <file>", "take the prefixes of a table").conflicts(["routes", "routes6"]),
    )
    .option("--groups <count>", "distinct sets of next hops", parsePositiveCount)
    .addOption(
      new Option("--placement <how>", "what a prefix's group follows from").choices([
        "origin",
        "attributes",
        "random",
      ]),
    )
    .option("--attributes <file>", "take the runs of an MRT table dump")
    .option("--seed <number>", "same seed, same table", parseCount)
    .requiredOption("-w <file>", "where to write; - is stdout");
  runs(table, context, async () => (await import("./generate.ts")).generateTableVerb);
  const capture = withFamily(generate.command("capture"))
    .summary("a capture of flows")
    .option("--packets <count>", "packets", parseCount)
    .option("--flows <count>", "flows", parsePositiveCount)
    .option("--size <bytes>", "frame size, or imix", parseSize)
    .option("--seed <number>", "same seed, same capture", parseCount)
    .requiredOption("-w <file>", "where to write; - is stdout");
  runs(capture, context, async () => (await import("./generate.ts")).generateCaptureVerb);
  // As at the program's end: what `gen` does not know is for unknownVerb to name.
  generate.allowExcessArguments();
}

function addBench(program: Command, context: ProgramContext): void {
  const question = new Argument("[question]", "what to measure (all unless given)");
  const command = withFamily(program.command("bench"))
    .summary("how fast lookups, updates, forwarding and flows are")
    .description("Measures in turns with a loop that never changes, and says what noise leaves.")
    // A capture may stand in its place, so the verb itself says what is no question.
    .addArgument(
      question
        .choices(["fib", "update", "path", "capture", "flow", "all"])
        .argParser((text) => text),
    )
    .argument("[capture]", "the file of --pattern capture")
    .option(TABLE_FLAG, "table (repeatable; - is stdin); generated unless given", collect)
    .option("--routes <count>", "routes of a generated table", parsePositiveCount)
    .option("--pattern <name>", "addresses to look up (repeatable)", collect)
    .option("--groups <count>", "distinct groups of next hops", parsePositiveCount)
    .addOption(
      new Option("--groups-placement <how>", "in runs, or drawn for each prefix").choices([
        "clustered",
        "random",
      ]),
    )
    .option("--updates <file>", "recorded updates: MRT, or lines of TIMESTAMP a|w PREFIX NEXTHOP")
    .option("--workers <count>", "threads over one shared table", parsePositiveCount)
    .addOption(new Option("--cold", "with caches emptied before each call").conflicts("workers"))
    .option("--rounds <count>", "turns of each contender", parsePositiveCount)
    .option("--json", "the results as JSON")
    .option("--export-json <file>", "writes the results as JSON")
    .option("--html <file>", "writes a page with plots")
    .option("--compare <file>", "results to compare with; status 1 where a row is slower")
    .option("--fail-over <percent>", "slower by how much is a regression (5%)", parsePercent);
  runs(command, context, async () => (await import("./bench.ts")).bench);
}

function addRib(program: Command, context: ProgramContext): void {
  const rib = program.command("rib").summary("what MRT files hold: tables and updates of BGP");
  rib.action(() => unknownVerb(rib));
  const stats = rib
    .command("stats")
    .summary("entries, prefixes, peers, next hops")
    .argument("<file...>", "MRT files; - is stdin")
    .option(RPKI_FLAG, RPKI_HELP, collect);
  withReport(stats, "as JSON");
  runs(stats, context, async () => (await import("./rib-stats.ts")).ribStats);
  const convert = rib
    .command("convert")
    .summary("the rows in another form")
    .argument("<file...>", "MRT files; - is stdin")
    .addOption(new Option("--format <form>", "form (text)").choices(RIB_FORMATS))
    .option("--json", "the same as --format json")
    .option(RPKI_FLAG, RPKI_HELP, collect)
    .option("-w <file>", "where to write (stdout unless given)");
  runs(convert, context, async () => (await import("./rib-convert.ts")).ribConvert);
  const show = rib
    .command("show")
    .summary("routes, or those of some prefixes")
    .argument("<file-or-prefix...>", "MRT files, or - for stdin, and prefixes")
    .option(RPKI_FLAG, RPKI_HELP, collect)
    .option("--config <file>", "the configuration whose policy routes go through")
    .addOption(new Option("--format <form>", "form (text)").choices(RIB_FORMATS))
    .option("--json", "one JSON object a line, the same as --format json");
  withDecision(show);
  runs(show, context, async () => (await import("./rib-show.ts")).ribShow);
  const diff = rib
    .command("diff")
    .summary("what one file has that another has not")
    .argument("<before>", "MRT file; - is stdin")
    .argument("<after>", "MRT file");
  withReport(diff, "the counts as JSON");
  runs(diff, context, async () => (await import("./rib-diff.ts")).ribDiff);
  const validate = rib
    .command("validate")
    .summary("which routes VRPs and ASPAs allow")
    .argument("<file-or-prefix...>", "MRT files, or - for stdin; or one prefix and its origin AS")
    .option(RPKI_FLAG, RPKI_HELP, collect)
    .addOption(
      new Option(
        "--path-direction <from>",
        "ASPA: routes of a provider (downstream), or of a customer or peer (upstream)",
      ).choices(["downstream", "upstream"]),
    )
    .option("--local-as <as>", "peers of this AS are internal (iBGP)", parseCount)
    .option("--ndjson", "one JSON object a route");
  withReport(validate, "counts and what is invalid, as JSON");
  runs(validate, context, async () => (await import("./rib-validate.ts")).ribValidate);
  addCatchment(rib, context);
  // As at the program's end: what `rib` does not know is for unknownVerb to name.
  rib.allowExcessArguments();
}

function addCatchment(rib: Command, context: ProgramContext): void {
  const catchment = rib
    .command("catchment")
    .summary("which site each vantage AS chose")
    .argument("<file...>", "MRT files; - is stdin")
    .option("--site <name=mark>", "a site: community, origin (AS64500) or path", collect)
    .option("--prefix <prefix>", "watch it (those with a site's mark unless given)", collect)
    .option("--origin <as>", "an origin of ours (those of the sites unless given)", collect)
    .option("--against <file>", "what moved since this dump", collect)
    .option("--withdraw <site>", "estimate what its withdrawal would move", collect)
    .option("--prepend <site=times>", "estimate what prepending there would move", collect)
    .option("--json", "as JSON")
    .addOption(new Option("--csv", "the choices as CSV").conflicts("json"));
  runs(catchment, context, async () => (await import("./rib-catchment.ts")).ribCatchment);
}

function addRun(program: Command, context: ProgramContext): void {
  const run = program
    .command("run")
    .summary("the router on live interfaces")
    .description("Forwards packets between live interfaces, as the configuration says.")
    .option("--config <file>", "configuration (default: $ANYFIB_CONFIG, ./anyfib.yaml, …)")
    .option("--dry-run", "checks the configuration and ends")
    .option("--capture <file>", "records what is dropped, with the reason: pcapng")
    .option("--for <seconds>", "ends after so many seconds", parsePositiveCount)
    .option("--key <file|hex>", "master key of the flow hash (default: $ANYFIB_KEY, or one made)");
  runs(run, context, async () => (await import("./run.ts")).runVerb);
  const check = program
    .command("check")
    .summary("whether a configuration can be run")
    .description("Reads a configuration with all that it names, and says what is wrong.")
    .argument("<config>", "the file");
  runs(check, context, async () => (await import("./check.ts")).checkVerb);
}

/** Verbs of `ctl`: what they do, and their arguments. */
const CONTROL_VERBS = [
  ["show", "the router in numbers", ""],
  ["routes", "where packets to addresses go", "<address...>"],
  ["next-hops", "next hops, their state and counters", ""],
  ["neighbors", "what ARP and Neighbor Discovery know", ""],
  ["drain", "a next hop gets no new flows", "<nexthop|site>"],
  ["undrain", "it gets flows again", "<nexthop|site>"],
  ["weight", "gives a next hop a weight", "<nexthop|site> <weight>"],
  ["down", "a next hop gets no packets", "<nexthop|site>"],
  ["up", "it gets packets again", "<nexthop|site>"],
  ["reload", "reads the configuration again, as one transaction", ""],
  ["watch", "events as they happen, one JSON object a line", ""],
  ["table-dump", "the routes of the configuration and its tables", ""],
] as const;

function addControl(program: Command, context: ProgramContext): void {
  const control = program.command("ctl").summary("ask a running router");
  control.action(() => unknownVerb(control));
  for (const [name, summary, args] of CONTROL_VERBS) {
    const verb = control
      .command(name)
      .summary(summary)
      .description(`Asks a running router: ${summary}.`)
      .option("--socket <file>", "its control socket")
      .option("--config <file>", "the configuration that names the socket")
      .option("--json", "as JSON");
    for (const argument of args.split(" ").filter((text) => text !== "")) verb.argument(argument);
    runs(verb, context, async () => (await import("./ctl.ts")).ctlVerb(name));
  }
  // As at the program's end: what `ctl` does not know is for unknownVerb to name.
  control.allowExcessArguments();
}

function addCompletion(program: Command, context: ProgramContext): void {
  const command = program
    .command("completion")
    .summary("a completion script for a shell")
    .addArgument(new Argument("<shell>", "whose script").choices(["bash", "zsh", "fish"]));
  runs(command, context, async () => {
    const { completion } = await import("./completion.ts");
    return (terminal, _flags, [shell = ""]) => completion(terminal, program, shell);
  });
}

/** The whole command line. Without a verb it runs the demo. */
export function createProgram(context: ProgramContext): Command {
  const program = new Command("anyfib")
    .description("Packet-path anycast forwarder: which site gets each flow, and what moves.")
    .version(context.version, "-V, --version")
    .option("-q, --quiet", "no progress and no notes")
    .addOption(
      new Option("--color <when>", "colours in text")
        .choices(["auto", "always", "never"])
        .default("auto"),
    )
    .showSuggestionAfterError()
    .allowExcessArguments(false);
  runs(program, context, async () => {
    if (program.args.length > 0) unknownVerb(program);
    return (await import("./demo.ts")).demo;
  });
  addLookup(program, context);
  addReplay(program, context);
  addSimulate(program, context);
  addExplain(program, context);
  addInfo(program, context);
  addGenerate(program, context);
  addBench(program, context);
  addRib(program, context);
  addRun(program, context);
  addControl(program, context);
  addCompletion(program, context);
  // Verbs take after the program as it is when they are made; it alone names what it does not know.
  program.allowExcessArguments();
  return program;
}
