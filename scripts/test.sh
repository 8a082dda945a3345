#!/bin/sh
# `npm test`. Node finds no tsx in a fresh clone: the launcher installs the packages and builds where that is missing or
# old, and says so; then scripts/test.ts does the rest.
set -eu
cd "$(dirname "$0")/.."
./bot-bottle --version >/dev/null
exec node --import tsx scripts/test.ts "$@"
