#!/usr/bin/env bash
# Long runs and large ones, with a picture of what the process keeps open in build/long/.
#   tools/long.sh steady --minutes 1440   operations of all kinds, for a day
#   tools/long.sh flight                  1,000 operations under way, for ten minutes
#   tools/long.sh hosts                   50 hosts, over SSH
#   tools/long.sh large                   lists, events and statistics of 100,000 containers
# More: --engine old|new, --connection ssh|local, --at-once N. It fails if memory, descriptors, goroutines or
# handles grow in the last third of a run, or if ten times as many containers take much more than ten times as long.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
need_machine
venv=$PWD/build/venv
make_venv "$venv"
./build.sh
export PYTHONPATH=python:.
[ "${1:-}" != large ] || exec "$venv/bin/python" -m bench.long "$@"
exec python3 -m testbed run engine-old engine-new docker-cli sshd -- "$venv/bin/python" -m bench.long "$@"
