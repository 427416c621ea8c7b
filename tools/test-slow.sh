#!/usr/bin/env bash
# The tests that take many minutes: faults that last a minute, big files, more random
# cases, the tests that otherwise take turns at all places, the tasks of docs/compare.md, the wheel built with empty
# caches, the wheel for aarch64.
# Needs what tools/test.sh made.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# All rooms compile for macOS. (capi, by cgo, needs headers of Apple: the release workflow builds it.)
GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 go build ./core/... ./backends/... ./capi/bridge/...
tools/compare.sh
tools/same-wheel.sh --fresh
python3 -m testbed run engine-old engine-new -- tools/aarch64.sh
python3 -m testbed run all -- sh -ec '
  go test -tags slow -timeout 90m ./backends/...
  build/venv/bin/python -m pytest -m slow --connections local,ssh
  build/venv/bin/python -m pytest -q -n 6 --dist worksteal --timeout 600 -m "by_turns and not slow" --every-place --connections local,ssh'
