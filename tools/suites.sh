#!/usr/bin/env bash
# The suites that need the testbed. tools/test.sh runs it, with every part of the testbed up.
#   tools/suites.sh PYTHON PART...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
python=$1
shift
parts=$*
# Tests wait for engines more than for a processor. A hanging test is ended with a trace.
pytest=("$python" -m pytest -q -n 4 --timeout 300)

if has go; then
  step go
  go run ./tools/gotest -slowest 20 -race -timeout 20m ./...
fi
if has c; then
  step c
  capi/ctest/run.sh build/library/manylinux_*_"$(uname -m)" # what the wheel has
fi
if has python; then
  step python
  "${pytest[@]}" --connections local
fi
if has ssh; then
  step "python over ssh"
  "${pytest[@]}" --connections ssh
fi
if has versions; then
  step "other Python versions"
  tools/versions.sh
fi
