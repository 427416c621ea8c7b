#!/usr/bin/env bash
# Does each task of docs/compare.md with each client, on real engines, with Python 3.11 or later;
# takes arguments of pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/prepare.sh
PYTHONPATH=python:. exec python3 -m testbed run engine-new engine-gpu docker-cli docker-buildx registry-auth -- \
  "$venv/bin/python" -m pytest -q -c bench/compare/pytest.ini --rootdir bench/compare --timeout 60 bench/compare/test_tasks.py "$@"
