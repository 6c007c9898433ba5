#!/bin/sh
# Starts Freedoom so that its picture fills a wide screen. Crispy Doom knows no option for that on its command line, only
# this setting; it is written once, before the player's own settings are there.
set -eu
settings="$HOME/.local/share/crispy-doom/crispy-doom.cfg"
if [ ! -e "$settings" ]; then
  mkdir -p "${settings%/*}"
  echo 'crispy_widescreen 1' > "$settings"
fi
exec /usr/games/crispy-doom -iwad /usr/share/games/doom/freedoom1.wad -window -geometry 640x360 -nogui
