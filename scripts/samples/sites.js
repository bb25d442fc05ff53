/** The sample configuration: sites in two tiers, and the anycast prefixes that they serve. */

/** Addresses that the sample capture sends to, where the routes below have no next hop. */
export const ROUTER = { 4: "192.0.2.1", 6: "2001:db8::1" };
export const BLACKHOLE = "198.51.100.9";
export const UNREACHABLE = "198.51.100.10";
export const PROHIBIT = "198.51.100.11";

/** Prefixes that all sites serve; the sample capture's resolver and web server are in them. */
export const ANYCAST = {
  4: ["198.51.100.0/24", "203.0.113.0/24"],
  6: ["2001:db8:a::/48", "2001:db8:b::/48"],
};

/** Text of samples/sites.yaml. */
export const SITES = `\
# Six sites that serve four anycast prefixes. The lowest cost that has a live site serves: lon, ams,
# fra and par share by weight; nyc and sin take over when all four are gone.
sites:
  lon: {next_hop: "2001:db8:0:1::11", cost: 10}
  ams: {next_hop: "2001:db8:0:1::12", cost: 10}
  fra: {next_hop: "2001:db8:0:1::13", cost: 10, weight: 2}
  par: {next_hop: "2001:db8:0:1::14", cost: 10}
  nyc: {next_hop: "2001:db8:0:2::21", cost: 80}
  sin: {next_hop: "2001:db8:0:2::22", cost: 80}
routes:
${[...ANYCAST[4], ...ANYCAST[6]]
  .map((prefix) => `  - {prefix: "${prefix}", sites: [lon, ams, fra, par, nyc, sin]}`)
  .join("\n")}
  - {prefix: "${ROUTER[4]}/32", kind: local}
  - {prefix: "${ROUTER[6]}/128", kind: local}
  - {prefix: "${BLACKHOLE}/32", kind: blackhole}
  - {prefix: "${UNREACHABLE}/32", kind: unreachable}
  - {prefix: "${PROHIBIT}/32", kind: prohibit}
`;
