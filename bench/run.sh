#!/usr/bin/env bash
# Runs the performance table; takes the arguments of "python -m bench". See bench/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=.venv-bench
if ! cmp -s bench/requirements.txt "$venv/requirements.txt"; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --requirement bench/requirements.txt
  cp bench/requirements.txt "$venv/requirements.txt"
fi
./build.sh
mkdir -p build
go build -o build/bench-floor ./bench/floor
PYTHONPATH=python:. exec python3 -m testbed run engine-new docker-cli docker-buildx sshd-login toxiproxy image-debian registry -- "$venv/bin/python" -m bench "$@"
