#!/usr/bin/env bash
# All tests, with all their set-up, on a fresh Debian machine with Go and Python, as root
# (or as a user who may sudo: the engines of the testbed need it).
#   tools/test.sh              everything
#   tools/test.sh PART...      of: lint wheel go c python ssh versions, and chaos, which is not in everything
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
parts=${*:-lint wheel go c python ssh versions}

need_machine
need_packages git binutils
venv=$PWD/build/venv
make_venv "$venv"

if has lint; then
  step lint
  tools/lint.sh
fi
if has wheel || ! ls dist/*_"$(uname -m)".whl >/dev/null 2>&1; then
  step wheel
  tools/wheel.sh
  tools/symbols.sh build/library/manylinux_*_"$(uname -m)"/libml_nexus_go.so 2.28
  tools/same-wheel.sh
fi
# The tests see the package as a user does: from the wheel, not from the source tree.
wheel=$(echo dist/*_"$(uname -m)".whl)
install_into "$venv" --force-reinstall --no-deps "$wheel"
install_into "$venv" "${wheel}[test]"
if has wheel; then
  "$venv/bin/python" -m pytest -q tools/tests
fi

if has go || has c || has python || has ssh || has versions || has chaos; then
  step testbed
  python3 -m testbed run all $(! has chaos || echo engine-new-live) -- tools/suites.sh "$venv/bin/python" $parts
fi
step done
