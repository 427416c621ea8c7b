#!/usr/bin/env bash
# The demo with all its set-up: builds the library into a virtual environment and runs
# examples/hello.py on the engine that answers, or on a private one.
#   tools/demo.sh [TARGET]     a target of connect(), for example an SSH host
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
need_machine
venv=$PWD/build/demo
make_venv "$venv"
install_into "$venv" .

if [ $# -gt 0 ] || "$venv/bin/python" examples/answers.py; then
  MLNG_DEMO_IMAGE=$(PYTHONPATH=. "$venv/bin/python" tools/demo_image.py "$@")
  export MLNG_DEMO_IMAGE
  trap 'PYTHONPATH=. "$venv/bin/python" tools/demo_image.py --remove "$@"' EXIT
  "$venv/bin/python" examples/hello.py "$@"
  exit
fi
if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
  fail "No Docker Engine answers here, and a private one needs root: start Docker, name an engine (tools/demo.sh TARGET), or allow sudo without a password."
fi
echo "No Docker Engine answers here: starting a private one for this run only." >&2
export MLNG_DEMO_IMAGE=mlng-busybox
exec python3 -m testbed run engine-old -- sh -c \
  'exec "$1" examples/hello.py "$("$1" -c "import testbed; print(testbed.load_state()[\"engine-old\"][\"host\"])")"' sh "$venv/bin/python"
