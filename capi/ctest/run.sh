#!/usr/bin/env bash
# Builds the C tests of the ABI with AddressSanitizer and runs them against the library
# that build.sh made, or the one in another folder. It needs an engine:
#   capi/ctest/run.sh [FOLDER]
#   MLNG_TEST_SOCKET  its socket; by default that of the testbed's current engine
#   MLNG_TEST_IMAGE   an image with sh and cat; by default the testbed's
set -euo pipefail
library=$(realpath "${1:-"$(dirname "${BASH_SOURCE[0]}")/../../python/ml_nexus_go/_lib"}")
cd "$(dirname "${BASH_SOURCE[0]}")"
[ -e "$library/libml_nexus_go.so" ] || {
  echo "capi/ctest/run.sh: the library is missing: run ./build.sh first" >&2
  exit 1
}
if [ -z "${MLNG_TEST_SOCKET:-}" ]; then
  : "${MLNG_TESTBED:?run it under \`python3 -m testbed run engine-new --\`, or set MLNG_TEST_SOCKET}"
  MLNG_TEST_SOCKET=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["parts"]["engine-new"]["socket"])' "$MLNG_TESTBED")
fi
export MLNG_TEST_SOCKET MLNG_TEST_IMAGE=${MLNG_TEST_IMAGE:-mlng-busybox}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${CC:-gcc} -std=gnu11 -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined -fno-omit-frame-pointer \
  abi_test.c containers_test.c -o "$folder/abi_test" -L"$library" -lml_nexus_go -Wl,-rpath,"$library" -pthread
# Only the test is instrumented, also for leaks: Go allocates in mappings of its own, which
# LeakSanitizer does not count.
ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 "$folder/abi_test"
