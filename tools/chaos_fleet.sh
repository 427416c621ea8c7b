#!/usr/bin/env bash
# Jobs on a fleet of three nodes that die at random, with a checker.
#   tools/chaos_fleet.sh [--minutes N] [--seed N] [--fleet old|new] [--faults NAMES] [--clients N] [--at-once N] [--jobs N] [--record]
#     --faults "" --jobs 100 --clients 2 --at-once 100 --longest 1.5: two hundred jobs, queued for six GPUs
#     --record adds the run to chaos/record.jsonl, of which tools/reliability.py makes docs/reliability.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
need_machine
venv=$PWD/build/venv
make_venv "$venv"
./build.sh
PYTHONPATH=python exec python3 -m testbed run "fleet-new" "fleet-old" docker-cli -- "$venv/bin/python" -m chaos.fleet "$@"
