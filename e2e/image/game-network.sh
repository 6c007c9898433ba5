#!/bin/bash
# Run by systemd with the settings of the node's unit: what media-node/host/egress/network.ts does for a game, and then a request from there.
#   game-network.sh URL
set -euxo pipefail
uid=70001
capabilities=-all,+sys_admin,+net_admin,+setuid,+setgid,+setpcap,+net_bind_service
as_slot=(setpriv --reuid=$uid --regid=$uid --clear-groups --no-new-privs)

unshare --net -- "${as_slot[@]}" --bounding-set=-all --inh-caps=-all -- sh -c 'echo; exec sleep infinity' >/tmp/held &
holder=$!
until [ -s /tmp/held ]; do sleep 0.05; done
namespace=/proc/$holder/ns/net
nsenter --net="$namespace" nft -f - <<'RULES'
table inet game {
  chain out {
    type filter hook output priority 0; policy accept;
  }
}
RULES

mkfifo /tmp/exit
exec 4<>/tmp/exit
"${as_slot[@]}" --inh-caps=$capabilities --ambient-caps=$capabilities --bounding-set=$capabilities -- \
  slirp4netns --configure --mtu=65520 --disable-host-loopback --disable-dns --enable-sandbox --enable-seccomp \
  --ready-fd=3 --exit-fd=4 --netns-type=path "$namespace" tap0 3>/tmp/ready &
uplink=$!
until [ -s /tmp/ready ]; do
  kill -0 "$uplink"
  sleep 0.05
done
nsenter --net="$namespace" curl --fail --silent --show-error --max-time 20 "$1"
kill "$uplink" "$holder"
