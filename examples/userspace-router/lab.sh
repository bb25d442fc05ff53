#!/bin/sh
# An anycast lab: a client, anyfib, and three DNS servers with one address, in namespaces.
#   lab.sh up      makes it, and starts the servers and the router (as root; Debian: nsd, iproute2)
#   lab.sh ask N   asks the anycast address N times, and counts who answered
#   lab.sh ctl …   asks the router: next-hops, down s2, up s2, drain s2, watch
#   lab.sh down    takes everything away
set -eu

HERE=$(cd "$(dirname "$0")" && pwd)
ANYFIB="node $HERE/../../dist/src/cli/main.js"
RUN=/run/anyfib-lab

in_space() { space=$1; shift; ip netns exec "anyfib-lab-$space" "$@"; }

link() { # a station's namespace and device, and the router's device
  ip -n "anyfib-lab-$1" link add "$2" type veth peer name "$3" netns anyfib-lab-r
  ip -n "anyfib-lab-$1" link set "$2" up
  ip -n anyfib-lab-r link set "$3" up
}

address() { # namespace, device, then addresses
  space=$1 device=$2; shift 2
  for one in "$@"; do ip -n "anyfib-lab-$space" address add "$one" dev "$device"; done
}

serve() { # the number of a site: NSD on the anycast address, whose name the zone says
  site=$1 folder=$RUN/s$1
  mkdir -p "$folder"
  cat > "$folder/zone" <<ZONE
\$ORIGIN example.
@ 60 IN SOA ns hostmaster 1 3600 600 86400 60
@ 60 IN NS ns
ns 60 IN A 203.0.113.1
site 60 IN TXT "s$site"
ZONE
  cat > "$folder/nsd.conf" <<CONF
server:
  ip-address: 203.0.113.1
  ip-address: 2001:db8::1
  username: ""
  zonesdir: "$folder"
  pidfile: "$folder/nsd.pid"
  zonelistfile: "$folder/zone.list"
  xfrdfile: "$folder/xfrd.state"
  xfrdir: "$folder"
  database: ""
remote-control:
  control-enable: no
zone:
  name: example
  zonefile: zone
CONF
  # It goes on in the background, and keeps no pipe of ours open.
  in_space "s$site" nsd -c "$folder/nsd.conf" > "$folder/log" 2>&1 < /dev/null
}

up() {
  command -v nsd > /dev/null || { echo "needs nsd: apt-get install nsd" >&2; exit 1; }
  mkdir -p "$RUN"
  for space in c r s1 s2 s3; do
    ip netns add "anyfib-lab-$space"
    ip -n "anyfib-lab-$space" link set lo up
  done
  link c c0 uplink
  address c c0 10.1.0.2/24
  ip -n anyfib-lab-c address add fd01::2/64 dev c0 nodad
  ip -n anyfib-lab-c route add default via 10.1.0.1
  ip -n anyfib-lab-c route add default via fd01::1
  for site in 1 2 3; do
    link "s$site" e0 "s$site"
    address "s$site" e0 "10.2.$site.2/24"
    ip -n "anyfib-lab-s$site" address add "fd02:$site::2/64" dev e0 nodad
    address "s$site" lo 203.0.113.1/32 2001:db8::1/128
    ip -n "anyfib-lab-s$site" route add default via "10.2.$site.1"
    ip -n "anyfib-lab-s$site" route add default via "fd02:$site::1"
    serve "$site"
  done
  ip netns exec anyfib-lab-r $ANYFIB run --config "$HERE/anyfib.yaml" \
    > /dev/null 2> "$RUN/log" < /dev/null &
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    grep -q '"msg":"ready"' "$RUN/log" && break
    sleep 1
  done
  tail -n 1 "$RUN/log"
}

down() {
  for space in c r s1 s2 s3; do
    ip netns pids "anyfib-lab-$space" 2> /dev/null | xargs -r kill 2> /dev/null || true
    ip netns delete "anyfib-lab-$space" 2> /dev/null || true
  done
  rm -rf "$RUN"
}

case "${1:-}" in
  up) up ;;
  down) down ;;
  ask) shift; in_space c node "$HERE/ask.js" "$@" ;;
  ctl) shift; $ANYFIB ctl "$@" --config "$HERE/anyfib.yaml" ;;
  *) sed -n '2,6s/^# //p' "$0"; exit 2 ;;
esac
