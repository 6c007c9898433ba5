# The node as a service of systemd. Sourced by install.sh.

# Seconds on top of the players' time: saves and last events are put up, the lifecycle hook is completed.
STOP_MARGIN_S=90

part_service() {
  use_node
  point_current
  install -d -m 711 /var/lib/nearcade
  install -d -m 755 /etc/nearcade /var/log/nearcade
  [ -z "$BOOT" ] || ! put_secretly "$BOOT" /etc/nearcade/boot.json || say 'wrote /etc/nearcade/boot.json'
  [ -e /etc/nearcade/boot.json ] || die 'there is no /etc/nearcade/boot.json: give --boot FILE'
  put "$IMAGE/units/nearcade-node.service" /etc/systemd/system/nearcade-node.service || true
  put "$IMAGE/units/nearcade-logs.service" /etc/systemd/system/nearcade-logs.service || true
  local caddy=start caddyfile
  ! put "$IMAGE/caddy/caddy.service.conf" /etc/systemd/system/caddy.service.d/nearcade.conf || caddy=restart
  caddyfile=$(sha256sum /etc/nearcade/Caddyfile 2>/dev/null) || true
  local begin=$SECONDS
  until "$NODE" "$IMAGE/configure.ts"; do
    [ $((SECONDS - begin)) -lt 120 ] || die 'the configuration could not be made: see its message above'
    sleep 5
  done
  [ "$caddyfile" = "$(sha256sum /etc/nearcade/Caddyfile)" ] || caddy=restart
  put_timeout
  if systemd_runs; then
    systemctl daemon-reload
    systemctl enable --quiet caddy nearcade-node nearcade-logs
    # Debian starts its own Caddy as soon as it is installed: it has to take our configuration. One that has it is left alone, since a
    # restart cuts every player's WebSocket.
    systemctl "$caddy" caddy
    systemctl start --no-block nearcade-node
    systemctl restart --no-block nearcade-logs
  else
    systemctl enable --quiet caddy nearcade-node nearcade-logs
  fi
}

# What is called current is always one whole release. A tree elsewhere is taken as it lies.
point_current() {
  mkdir -p "$OPT"
  ln -sfn "$TREE" "$OPT/current.new"
  mv -T "$OPT/current.new" "$OPT/current"
}

# boot.json names secrets, it holds an account at the certificates' issuer at most.
put_secretly() {
  [ "$(readlink -f "$1")" != "$(readlink -f "$2")" ] || return 1
  put "$1" "$2" 600
}

# The unit's own is for the default; systemd must not end a node that still lets its players finish.
put_timeout() {
  local seconds file=/run/nearcade-drain.conf
  seconds=$("$NODE" -p 'Math.ceil(JSON.parse(fs.readFileSync("/etc/nearcade/node.json")).drainSeconds)')
  printf '[Service]\nTimeoutStopSec=%s\n' "$((seconds + STOP_MARGIN_S))" >"$file"
  put "$file" /etc/systemd/system/nearcade-node.service.d/drain.conf || true
  rm "$file"
}
