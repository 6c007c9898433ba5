#!/bin/bash
# Turns a bare Debian 12 into a media node, or does parts of that. As root, as often as one likes: what is done is not done again, and what
# was cut off goes on. `npm start`, a virtual machine's first boot (first-boot.sh.tftpl) and the test of the image run this same script.
set -Eeuo pipefail

IMAGE=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
TREE=$(dirname "$(dirname "$IMAGE")")
OPT=/opt/nearcade
NODE=
BOOT=
NAMES=()

# In the order in which they need each other.
ALL_PARTS=(node packages npm worker helper games users system service)
PARTS=("${ALL_PARTS[@]}")
PART=arguments

usage() {
  cat <<END
Usage: install.sh [--parts PART,...] [--boot FILE] [--node PATH] [NAME ...]
  --parts  ${ALL_PARTS[*]} (all of them when left out)
    node      Node and npm, from the npm registry, held against the hashes in toolchain.txt
    packages  Debian packages: NAME ..., or what this tree needs (packages.mjs)
    npm       npm packages, by the lockfile
    worker    mediasoup's worker  |
    helper    the media helper    | from the release where it holds them, else built here
    games     the games           |
    users     accounts: one for what needs no root, one a slot
    system    kernel, journal, time, upgrades, swap
    service   configuration, TLS and the node itself
  --boot   boot.json (boot-config.ts), for the part service
  --node   the Node to use, instead of the one of the part node
NEARCADE_GAMES=a,b takes these games alone.
END
}

say() { printf 'install: %s\n' "$*"; }

die() {
  printf 'install.sh: the part %s failed: %s\n' "$PART" "$*" >&2
  exit 1
}

# What fails without a sentence of its own still says where.
trap 'code=$?; printf "install.sh: the part %s failed: %s (exit code %s)\n" "$PART" "$BASH_COMMAND" "$code" >&2; exit "$code"' ERR

parse() {
  while [ $# -gt 0 ]; do
    case $1 in
      --parts) IFS=, read -r -a PARTS <<<"${2:?--parts needs a list}"; shift ;;
      --boot) BOOT=${2:?--boot needs a file}; shift ;;
      --node) NODE=${2:?--node needs a path}; shift ;;
      --help) usage; exit 0 ;;
      -*) usage >&2; die "there is no option $1" ;;
      *) NAMES+=("$1") ;;
    esac
    shift
  done
  local part
  for part in "${PARTS[@]}"; do
    [[ " ${ALL_PARTS[*]} " == *" $part "* ]] || die "there is no part $part: the parts are ${ALL_PARTS[*]}"
  done
}

# The Node that later parts run: the one we were told, or that of the part node.
use_node() {
  [ -n "$NODE" ] || NODE=/usr/local/bin/node
  [ -x "$NODE" ] || die "there is no $NODE: run the part node first, or give --node"
}

# Puts a file of ours in its place; answers whether that changed anything.
put() {
  local from=$1 to=$2 mode=${3:-644}
  cmp -s "$from" "$to" && return 1
  install -D -m "$mode" "$from" "$to"
  say "wrote $to"
}

# systemd is there and runs: not in a root file system that is only being made.
systemd_runs() { [ -d /run/systemd/system ]; }

. "$IMAGE/parts/toolchain.sh"
. "$IMAGE/parts/packages.sh"
. "$IMAGE/parts/build.sh"
. "$IMAGE/parts/system.sh"
. "$IMAGE/parts/service.sh"

main() {
  parse "$@"
  # What operators have set for this machine: also the unit's EnvironmentFile=.
  [ ! -e /etc/nearcade/environment ] || { set -a; . /etc/nearcade/environment; set +a; }
  local part begin
  for part in "${PARTS[@]}"; do
    PART=$part
    begin=$SECONDS
    [ "$(id -u)" = 0 ] || [[ " worker helper games npm " == *" $part "* ]] || die 'this has to be run as root'
    "part_$part"
    say "$part: done in $((SECONDS - begin)) s"
  done
}

main "$@"
