#!/bin/bash
# Before each start of the node: the more often it has ended within ten minutes, the longer it waits, up to a minute. (systemd's own steps,
# RestartSteps=, came after Debian 12.)
set -euo pipefail

RECENT_S=600
LONGEST_S=60
FILE=${RUNTIME_DIRECTORY:-/run/nearcade}/starts

now=$(date +%s)
recent=()
if [ -e "$FILE" ]; then
  while read -r start; do
    [ $((now - start)) -ge "$RECENT_S" ] || recent+=("$start")
  done <"$FILE"
fi
printf '%s\n' "${recent[@]}" "$now" | sed '/^$/d' >"$FILE"
[ ${#recent[@]} -gt 0 ] || exit 0
# 1, 2, 4 ... seconds.
doublings=$((${#recent[@]} - 1))
[ "$doublings" -le 6 ] || doublings=6
wait_s=$((1 << doublings))
[ "$wait_s" -le "$LONGEST_S" ] || wait_s=$LONGEST_S
echo "started ${#recent[@]} times within $RECENT_S s: waiting $wait_s s"
sleep "$wait_s"
