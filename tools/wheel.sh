#!/usr/bin/env bash
# Builds the wheel into dist/: for every Linux with glibc 2.28 or later, or, on a Mac, for
# macOS. The same commit gives the same wheel, byte for byte (tools/same-wheel.sh).
#   tools/wheel.sh [--platform x86_64|aarch64] [PYTHON]
# PYTHON has pip; by default python3. The platform is this machine's by default; zig (a
# Python package) is the C compiler, so that any Linux machine can build for either.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
machine=$(uname -m)
if [ "${1:-}" = --platform ]; then
  machine=${2:?--platform x86_64 or --platform aarch64}
  shift 2
fi
need_go
wheel_tools "${1:-python3}"

# Removes the user's own Go and C settings, which would change the wheel.
export GOFLAGS=-trimpath GOAMD64=v1 GOARM64=v8.0 CGO_ENABLED=1
export CGO_CFLAGS="-O2 -g0" CGO_CPPFLAGS="" CGO_CXXFLAGS="" CGO_LDFLAGS="-O2" TZ=UTC LC_ALL=C
unset GOEXPERIMENT GOFIPS140
umask 022

case $(uname -s) in
Linux)
  glibc=2.28
  case $machine in
  x86_64) goarch=amd64 ;;
  aarch64) goarch=arm64 ;;
  *) fail "tools/wheel.sh: there are wheels for x86_64 and aarch64, not for $machine" ;;
  esac
  # Go calls its C compiler from other folders, so its path must be absolute.
  export GOOS=linux GOARCH=$goarch CC="$PWD/$tools/bin/python -m ziglang cc -target $machine-linux-gnu.$glibc"
  export MLNG_WHEEL_PLATFORM="manylinux_${glibc/./_}_$machine"
  ;;
Darwin)
  [ "$machine" = "$(uname -m)" ] || fail "tools/wheel.sh: a Mac makes the wheel for its own processor only"
  export MACOSX_DEPLOYMENT_TARGET=12.0 # what Go 1.26 needs
  export MLNG_WHEEL_PLATFORM="macosx_12_0_$machine"
  ;;
*) fail "tools/wheel.sh: wheels are made on Linux and macOS" ;;
esac

rm -f dist/*-"$MLNG_WHEEL_PLATFORM".whl
"$tools/bin/python" -m build --wheel --no-isolation --outdir dist .
ls dist/*-"$MLNG_WHEEL_PLATFORM".whl
