# The native parts. Sourced by install.sh.

part_worker() { build worker; }
part_helper() { build helper; }
part_games() { build games; }

build() {
  use_node
  "$NODE" "$IMAGE/build.ts" "$1"
}
