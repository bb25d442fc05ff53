/** Communities by name: the well-known ones (IANA, RFC 1997 and later), others as two numbers. */

/** Names of the well-known communities. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0xffff0000, "graceful-shutdown"],
  [0xffff0001, "accept-own"],
  [0xffff0002, "route-filter-translated-v4"],
  [0xffff0003, "route-filter-v4"],
  [0xffff0004, "route-filter-translated-v6"],
  [0xffff0005, "route-filter-v6"],
  [0xffff0006, "llgr-stale"],
  [0xffff0007, "no-llgr"],
  [0xffff0008, "accept-own-nexthop"],
  [0xffff0009, "standby-pe"],
  [0xffff029a, "blackhole"],
  [0xffffff01, "no-export"],
  [0xffffff02, "no-advertise"],
  [0xffffff03, "no-export-subconfed"],
  [0xffffff04, "no-peer"],
]);

/** Names that the registry, RFCs and routers have besides. */
const OTHER_NAMES: readonly (readonly [string, number])[] = [
  ["gshut", 0xffff0000],
  ["local-as", 0xffffff03],
  ["nopeer", 0xffffff04],
];

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...Array.from(NAMES, ([community, name]) => [name, community] as const),
  ...OTHER_NAMES,
]);

/** `64500:100`, whatever a community may be named. */
export function formatCommunityNumbers(community: number): string {
  return `${community >>> 16}:${community & 0xffff}`;
}

/** The name of a well-known community, otherwise `64500:100`. */
export function formatCommunity(community: number): string {
  return NAMES.get(community) ?? formatCommunityNumbers(community);
}

/**
 * The community that a name or `64500:100` means; undefined for another text. Names are read as
 * `no-export`, `NO_EXPORT` and `No Export`.
 */
export function parseCommunity(text: string): number | undefined {
  const known = NUMBERS.get(text.toLowerCase().replaceAll(/[_ ]/g, "-"));
  if (known !== undefined) return known;
  const [, high = "", low = ""] = text.match(/^(\d{1,5}):(\d{1,5})$/) ?? [];
  const [first, second] = [Number(high), Number(low)];
  if (high === "" || first > 0xffff || second > 0xffff) return undefined;
  return first * 0x10000 + second;
}

/** Large communities, three numbers each (RFC 8092), as texts `64500:1:2`. */
export function formatLargeCommunities(words: readonly number[]): readonly string[] {
  const texts: string[] = [];
  for (let at = 0; at < words.length; at += 3) texts.push(words.slice(at, at + 3).join(":"));
  return texts;
}

/** Extended communities, two words each (RFC 4360), as 16 hexadecimal digits. */
export function formatExtendedCommunities(words: readonly number[]): readonly string[] {
  const texts: string[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const digits = (word = 0): string => word.toString(16).padStart(8, "0");
    texts.push(digits(words[at]) + digits(words[at + 1]));
  }
  return texts;
}
