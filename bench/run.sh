#!/usr/bin/env bash
# Runs the performance table; takes the arguments of "python -m bench". See bench/README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/prepare.sh
mkdir -p build
go build -o build/bench-floor ./bench/floor
PYTHONPATH=python:. exec python3 -m testbed run engine-new docker-cli docker-buildx sshd-login sshd-beside toxiproxy image-debian registry -- "$venv/bin/python" -m bench "$@"
