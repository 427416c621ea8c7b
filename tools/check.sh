#!/usr/bin/env bash
# The fast loop: linters, type checks and every test that needs no testbed. Needs no root
# and no engine, and installs nothing outside build/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
unset MLNG_TESTBED # so that it is the same on a machine where a testbed runs
may_install=no
need_machine
command -v ssh >/dev/null || need_packages openssh-client
command -v rsync >/dev/null || need_packages rsync
[ -x /usr/lib/openssh/sftp-server ] || need_packages openssh-sftp-server

step lint
tools/lint.sh
step library
./build.sh
step go
go run ./tools/gotest -short ./...
step python
workers=$(nproc)
PYTHONPATH=python build/venv/bin/python -m pytest -q -n $((workers < 4 ? workers : 4)) --timeout 60 -m "not testbed and not slow" \
  -p no:ml_nexus_go -p ml_nexus_go.pytest_plugin # from the source tree, whatever is installed
step "done: tools/test.sh runs what was left out"
