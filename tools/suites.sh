#!/usr/bin/env bash
# The suites that need the testbed. tools/test.sh runs it, with every part of the testbed up.
#   tools/suites.sh PYTHON PART...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
python=$1
shift
parts=$*
# Tests wait for engines more than for a processor. Neighbours stay together, so that they share what a module or
# an engine needs once. A hanging test is ended with a trace.
pytest=("$python" -m pytest -q -n 6 --dist worksteal --timeout 600)

if has go; then
  step go
  # What takes longest begins first. Lint has vetted all of it.
  go run ./tools/gotest -slowest 20 -race -vet=off -timeout 40m -p 4 -parallel 6 ./backends/local ./backends/ssh ./backends/engine ./backends/swarm ./...
fi
if has c; then
  step c
  capi/ctest/run.sh build/library/manylinux_*_"$(uname -m)" # what the wheel has
fi
if has python || has ssh; then
  # Together, where both are wanted: no worker is idle before the last test.
  connections=()
  ! has python || connections+=(local)
  ! has ssh || connections+=(ssh)
  step "python: ${connections[*]}"
  "${pytest[@]}" --connections "$(IFS=,; echo "${connections[*]}")"
fi
if has chaos; then # alone: it stops engines and sshd, and what others leave would count as left behind
  step chaos
  "$python" -m chaos --minutes 2
fi
if has versions; then
  step "other Python versions"
  tools/versions.sh
fi
