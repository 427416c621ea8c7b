#!/usr/bin/env bash
# All linters. Needs the virtual environment that tools/test.sh makes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
need_machine
venv=build/venv
make_venv "$venv"
install_into "$venv" "ruff>=0.14" "mypy>=1.18" "pytest>=8" "pytest-asyncio>=1" hatchling

unformatted=$(gofmt -l $(git ls-files '*.go'))
[ -z "$unformatted" ] || fail "gofmt these: $unformatted"
go vet ./...
go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
go run ./tools/layers
"$venv/bin/ruff" check .
"$venv/bin/ruff" format --check .
"$venv/bin/mypy"
