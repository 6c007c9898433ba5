# Debian packages and npm's. Sourced by install.sh.

# Seconds that apt waits for another one on this machine: a fresh VM looks for upgrades by itself.
LOCK_TIMEOUT_S=600

part_packages() {
  if [ ${#NAMES[@]} -eq 0 ]; then
    use_node
    local names
    names=$("$NODE" "$IMAGE/packages.mjs" $(package_sets))
    mapfile -t NAMES <<<"$names"
  fi
  install_packages "${NAMES[@]}"
}

# A release brings its native parts built, with the list of the libraries that they need; else what builds them is needed.
package_sets() {
  if [ -e "$TREE/built/packages.txt" ]; then
    built_for_this_debian
    echo node games vm built
  else
    echo node games vm build
  fi
}

# Libraries are called by their version: what was built on one Debian does not run on the next.
built_for_this_debian() {
  local here there
  here=$(. /etc/os-release && echo "${ID:-} ${VERSION_ID:-}")
  there=$(cat "$TREE/built/debian.txt")
  [ "$here" = "$there" ] || die "this release was built for $there, and this machine is $here"
}

install_packages() {
  command -v dpkg-query >/dev/null || die "this machine has no dpkg: Nearcade sets itself up on Debian 12. It needs $*"
  local missing
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
  # One that was cut off has to finish first, or apt refuses to do anything.
  [ -z "$(dpkg --audit)" ] || to_the_end dpkg --configure -a
  local apt=(apt-get -q -y -o "DPkg::Lock::Timeout=$LOCK_TIMEOUT_S" -o Acquire::Retries=3)
  # Lists that can't be renewed may still do: the installation will say if not.
  to_the_end "${apt[@]}" update || say 'the package lists could not be renewed'
  # shellcheck disable=SC2086 # one word a package
  to_the_end "${apt[@]}" install --no-install-recommends $missing || die "apt-get could not install $(echo $missing)"
}

# Those of the names that are not installed. dpkg-query fails when it knows one of them not.
missing_packages() {
  local installed
  installed=$(dpkg-query -W -f '${Package} ${Status}\n' "$@" 2>/dev/null | sed -n 's/ install ok installed$//p') || true
  printf '%s\n' "$@" | sort -u | grep -vxF -f <(printf '%s\n' "$installed" | sed '/^$/d') || true
}

# Runs a command that must not be cut off: told to stop, we tell it as Ctrl-C does (apt-get then finishes the package in hand) and wait.
to_the_end() {
  local child code=0
  # Job control: without it bash has a background program ignore SIGINT.
  set -m
  "$@" </dev/null &
  child=$!
  set +m
  trap 'kill -INT "$child" 2>/dev/null || true' INT TERM
  while kill -0 "$child" 2>/dev/null; do
    code=0
    wait "$child" || code=$?
  done
  trap - INT TERM
  return "$code"
}

part_npm() {
  use_node
  local wanted stamp=$TREE/node_modules/.nearcade-lock
  wanted=$(sha256sum <"$TREE/package-lock.json")
  [ ! -e "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ] || return 0
  PATH="$(dirname "$NODE"):/usr/local/bin:$PATH" sh "$IMAGE/install-npm.sh" "$TREE" --omit=dev ||
    die 'npm could not install the packages: see its message above'
  echo "$wanted" >"$stamp"
}
