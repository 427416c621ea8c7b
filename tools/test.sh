#!/usr/bin/env bash
# All tests, with all their set-up, on a fresh Debian machine with Go and Python, as root
# (or as a user who may sudo: the engines of the testbed need it).
#   tools/test.sh              everything
#   tools/test.sh PART...      of: lint wheel go c python ssh versions
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
parts=${*:-lint wheel go c python ssh versions}
engines="engine-old engine-new"
# Tests wait for engines more than for a processor. A test that hangs is ended with a trace.
pytest="-q -n 4 --timeout 300"

step() { printf '\n=== %s (%s)\n' "$*" "$(date +%H:%M:%S)"; }
has() { [[ " $parts " == *" $1 "* ]]; }

need_machine
need_packages git binutils
venv=$PWD/build/venv
make_venv "$venv"

if has lint; then
  step lint
  tools/lint.sh
fi
if has wheel || [ ! -e dist ]; then
  step wheel
  tools/wheel.sh
  tools/symbols.sh python/ml_nexus_go/_lib/libml_nexus_go.so 2.28
fi
# The tests see the package as a user does: from the wheel, not from the source tree.
install_into "$venv" --force-reinstall --no-deps dist/*.whl
install_into "$venv" "$(echo dist/*.whl)[test]"

if has go; then
  step go
  # Not the library's race detector alone: it is also the suite over every backend.
  python3 -m testbed run $engines engine-live engine-victim docker-cli sshd sshd-noforward sshd-jump sshd-ca sshd-env \
    sshd-nodocker toxiproxy registry registry-auth -- go test -race -timeout 20m ./...
fi
if has c; then
  step c
  python3 -m testbed run engine-new -- capi/ctest/run.sh
fi
if has python; then
  step python
  python3 -m testbed run $engines engine-live engine-victim engine-old2 docker-cli sshd toxiproxy registry registry-auth \
    image-debian -- "$venv/bin/python" -m pytest $pytest --connections local
fi
if has ssh; then
  step "python over ssh"
  python3 -m testbed run $engines docker-cli sshd toxiproxy registry registry-auth image-debian -- \
    "$venv/bin/python" -m pytest $pytest --connections ssh
fi
if has versions; then
  step "other Python versions"
  python3 -m testbed run engine-new -- tools/versions.sh
fi
step done
