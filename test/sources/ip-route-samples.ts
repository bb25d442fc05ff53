/** What `ip route` of iproute2 6.1 prints for a router with many kinds of routes. */

/** `ip route`. */
export const IP_ROUTE_4 = `default via 192.0.2.2 dev eth0 
blackhole 10.0.0.0/8 metric 5 
unreachable 10.1.0.0/16 
prohibit 10.2.0.0/16 
throw 10.3.0.0/16 
10.5.0.1 via 192.0.2.9 dev eth0 proto static src 192.0.2.1 metric 100 mtu 1400 advmss 1300 
10.6.0.0/24 via 10.99.0.1 dev eth0 onlink 
10.7.0.0/24 dev eth0 scope link 
10.8.0.0/24 nhid 7 via 192.0.2.33 dev eth0 
10.9.0.0/24 nhid 9 
	nexthop via 192.0.2.33 dev eth0 weight 3 
	nexthop via 192.0.2.34 dev eth0 weight 4 
10.10.0.0/16 tos 0x10 via 192.0.2.9 dev eth0 
192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1 
198.51.100.0/24 
	nexthop via 192.0.2.3 dev eth0 weight 2 
	nexthop via 192.0.2.4 dev eth0 weight 1 
203.0.113.0/24 via inet6 fe80::1 dev eth0 
198.18.0.0/15 
	nexthop via inet6 fe80::1 dev eth0 weight 3 
	nexthop via 192.0.2.7 dev eth0 weight 1 
multicast 239.0.0.0/8 dev eth0 scope link 
`;

/** `ip -j route` of the same router. */
export const IP_ROUTE_4_JSON = `[{"dst":"default","gateway":"192.0.2.2","dev":"eth0","flags":[]},\
{"type":"blackhole","dst":"10.0.0.0/8","metric":5,"flags":[]},\
{"type":"unreachable","dst":"10.1.0.0/16","flags":[]},\
{"type":"prohibit","dst":"10.2.0.0/16","flags":[]},{"type":"throw","dst":"10.3.0.0/16","flags":[]},\
{"dst":"10.5.0.1","gateway":"192.0.2.9","dev":"eth0","protocol":"static","prefsrc":"192.0.2.1",\
"metric":100,"flags":[],"metrics":[{"mtu":1400,"advmss":1300}]},\
{"dst":"10.6.0.0/24","gateway":"10.99.0.1","dev":"eth0","flags":["onlink"]},\
{"dst":"10.7.0.0/24","dev":"eth0","scope":"link","flags":[]},\
{"dst":"10.8.0.0/24","nhid":7,"gateway":"192.0.2.33","dev":"eth0","flags":[]},\
{"dst":"10.9.0.0/24","nhid":9,"flags":[],"nexthops":[\
{"gateway":"192.0.2.33","dev":"eth0","weight":3,"flags":[]},\
{"gateway":"192.0.2.34","dev":"eth0","weight":4,"flags":[]}]},\
{"dst":"10.10.0.0/16","tos":"0x10","gateway":"192.0.2.9","dev":"eth0","flags":[]},\
{"dst":"192.0.2.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"192.0.2.1",\
"flags":[]},{"dst":"198.51.100.0/24","flags":[],"nexthops":[\
{"gateway":"192.0.2.3","dev":"eth0","weight":2,"flags":[]},\
{"gateway":"192.0.2.4","dev":"eth0","weight":1,"flags":[]}]},\
{"dst":"203.0.113.0/24","via":{"family":"inet6","host":"fe80::1"},"dev":"eth0","flags":[]},\
{"dst":"198.18.0.0/15","flags":[],"nexthops":[\
{"via":{"family":"inet6","host":"fe80::1"},"dev":"eth0","weight":3,"flags":[]},\
{"gateway":"192.0.2.7","dev":"eth0","weight":1,"flags":[]}]},\
{"type":"multicast","dst":"239.0.0.0/8","dev":"eth0","scope":"link","flags":[]}]
`;

/** What both of these mean. */
export const IP_ROUTE_4_ROWS = [
  "0.0.0.0/0 -> 192.0.2.2*1",
  "10.0.0.0/8 -> blackhole",
  "10.1.0.0/16 -> unreachable",
  "10.2.0.0/16 -> prohibit",
  "10.3.0.0/16 -> unreachable",
  "10.5.0.1/32 -> 192.0.2.9*1",
  "10.6.0.0/24 -> 10.99.0.1*1",
  "10.7.0.0/24 -> local",
  "10.8.0.0/24 -> 192.0.2.33*1",
  "10.9.0.0/24 -> 192.0.2.33*3,192.0.2.34*4",
  "192.0.2.0/24 -> local",
  "198.51.100.0/24 -> 192.0.2.3*2,192.0.2.4*1",
  "203.0.113.0/24 -> fe80::1%eth0*1",
  "198.18.0.0/15 -> fe80::1%eth0*3,192.0.2.7*1",
] as const;

/** What both of these warn of, in order. */
export const IP_ROUTE_4_WARNINGS = [
  '10.7.0.0/24 is on the link "eth0": its packets are punted',
  /^route left out: tos.* is not served$/,
  '192.0.2.0/24 is on the link "eth0": its packets are punted',
  "route left out: multicast routes are not served",
] as const;

/** `ip -6 route`. */
export const IP_ROUTE_6 = `2001:db8::/64 dev eth0 proto kernel metric 256 pref medium
2001:db8:1::/48 via fe80::3 dev eth0 metric 10 pref high
2001:db8:1::/48 via fe80::4 dev eth0 metric 20 pref medium
blackhole 2001:db8:2::/48 dev lo metric 1024 pref medium
2001:db8:3::1 via 2001:db8::9 dev eth0 metric 1024 expires 1700sec hoplimit 64 pref medium
2001:db8:4::/48  encap seg6 mode encap segs 1 [ 2001:db8::1 ] dev eth0 metric 1024 pref medium
fe80::/64 dev eth0 proto kernel metric 256 pref medium
fe80::/64 dev eth1 proto kernel metric 256 pref medium
default metric 1024 pref medium
	nexthop via fe80::1 dev eth0 weight 1 
	nexthop via fe80::2 dev eth0 weight 5 
unreachable default dev lo metric 4294967295 error -101 pref medium
`;

/** `ip -j -p -6 route` of the same router. */
export const IP_ROUTE_6_JSON = `[ {
        "dst": "2001:db8::/64",
        "dev": "eth0",
        "protocol": "kernel",
        "metric": 256,
        "flags": [ ],
        "pref": "medium"
    },{
        "dst": "2001:db8:1::/48",
        "gateway": "fe80::3",
        "dev": "eth0",
        "metric": 10,
        "flags": [ ],
        "pref": "high"
    },{ "dst": "2001:db8:1::/48", "gateway": "fe80::4", "dev": "eth0", "metric": 20 },{
        "type": "blackhole",
        "dst": "2001:db8:2::/48",
        "dev": "lo",
        "metric": 1024,
        "flags": [ ],
        "pref": "medium"
    },{ "dst": "2001:db8:3::1", "gateway": "2001:db8::9", "dev": "eth0", "metric": 1024 },{
        "dst": "2001:db8:4::/48",
        "encap": "seg6",
        "mode": "encap",
        "segs": [ "2001:db8::1" ],
        "dev": "eth0",
        "metric": 1024,
        "flags": [ ],
        "pref": "medium"
    },{ "dst": "fe80::/64", "dev": "eth0", "metric": 256, "pref": "medium"
    },{ "dst": "fe80::/64", "dev": "eth1", "metric": 256, "pref": "medium"
    },{
        "dst": "default",
        "metric": 1024,
        "flags": [ ],
        "pref": "medium",
        "nexthops": [ {
                "gateway": "fe80::1",
                "dev": "eth0",
                "weight": 1,
                "flags": [ ]
            },{
                "gateway": "fe80::2",
                "dev": "eth0",
                "weight": 5,
                "flags": [ ]
            } ]
    },{ "type": "unreachable", "dst": "default", "dev": "lo", "metric": 4294967295, "pref": "medium"
    } ]
`;

/** What both of these mean. */
export const IP_ROUTE_6_ROWS = [
  "2001:db8::/64 -> local",
  "2001:db8:1::/48 -> fe80::3%eth0*1",
  "2001:db8:2::/48 -> blackhole",
  "2001:db8:3::1/128 -> 2001:db8::9*1",
  "fe80::/64 -> local",
  "::/0 -> fe80::1%eth0*1,fe80::2%eth0*5",
] as const;

/** What both of these warn of, in order. */
export const IP_ROUTE_6_WARNINGS = [
  '2001:db8::/64 is on the link "eth0": its packets are punted',
  "route left out: 2001:db8:1::/48 again, with metric 20 after 10",
  /^route left out: encap.* is not served$/,
  'fe80::/64 is on the link "eth0": its packets are punted',
  "route left out: fe80::/64 again, with metric 256 after 256",
  "route left out: ::/0 again, with metric 4294967295 after 1024",
] as const;
