#!/bin/sh
# install-npm.sh TREE [OPTION ...]: the npm packages of TREE's lockfile, anew. In place of what is there: npm trusts that, also the half-written
# files of an installation that was cut off. Run by install.sh, and by `npm start` (local/bootstrap.mjs); both know whether it is needed.
set -eu
cd "$1"
shift
rm -rf node_modules
# Not `npm ci`: it refuses a lockfile without the optional packages of other machines, which npm leaves out where the registry has none of them.
# This takes the lockfile's versions and writes nothing. No install script runs: none is needed, and mediasoup's would fetch from outside the
# registry. What it says goes where errors go: standard output is the program's that is run then, and `npm run release` writes JSON there.
exec npm install --no-save --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error "$@" >&2
