#!/usr/bin/env bash
# Random operations under random faults, on engines of its own, with a checker.
#   tools/chaos.sh [--minutes N] [--seed N] [--engine old|new] [--live-restore on|off] [--connection ssh|tls|local] [--record]
#     --record adds the run to chaos/record.jsonl, of which tools/reliability.py makes docs/reliability.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
need_machine
venv=$PWD/build/venv
make_venv "$venv"
./build.sh
PYTHONPATH=python exec python3 -m testbed run engine-old engine-old-live engine-new-live engine-victim engine-new registry docker-cli sshd toxiproxy -- "$venv/bin/python" -m chaos "$@"
