#!/usr/bin/env bash
# Shows that runs, execs, stats and gpus() work with NVIDIA's GPUs on a machine that has some; exits with 2 where
# there is none.
#   tools/gpu-check.sh [TARGET]     a target of connect(); IMAGE names one with glibc (ubuntu:24.04)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
need_machine
venv=$PWD/build/demo
make_venv "$venv"
install_into "$venv" .
exec "$venv/bin/python" tools/gpu_check.py "$@"
