#!/usr/bin/env bash
# Makes the wheel for every Linux with glibc 2.28 or later, into dist/. zig (a Python
# package) is the C compiler: it links against that old glibc on any machine.
#   tools/wheel.sh [PYTHON]    with a Python that has pip; by default python3
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${1:-python3}
machine=$(uname -m)
glibc=2.28
tools=build/wheel-tools
[ -x "$tools/bin/python" ] || "$python" -m venv "$tools"
"$tools/bin/pip" install -q --disable-pip-version-check "ziglang==0.15.*" "hatchling>=1.25" "build>=1.2"

# Go calls its C compiler from other folders: an absolute path.
export CC="$PWD/$tools/bin/python -m ziglang cc -target $machine-linux-gnu.$glibc"
export MLNG_WHEEL_PLATFORM="manylinux_${glibc/./_}_$machine"
rm -f dist/*.whl
"$tools/bin/python" -m build --wheel --no-isolation --outdir dist .
ls dist/*.whl
