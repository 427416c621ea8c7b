#!/usr/bin/env bash
# All linters, with their set-up.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
need_machine
venv=build/venv
make_dev_venv "$venv"

unformatted=$(gofmt -l $(git ls-files '*.go'))
[ -z "$unformatted" ] || fail "gofmt these: $unformatted"
go vet ./...
# The rooms that have a file for each system, and what they build on: the others would need all
# modules compiled for macOS (tools/test-slow.sh).
GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 go vet ./core/... ./capi/bridge ./backends/hostfiles/... \
  ./backends/engine/agent/{protocol,tunnel} ./backends/engine/archive \
  ./backends/ssh/{rsync,sshconfig,hostkeys,identity,sftpfs,sshconn,loginshell}/...
go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
go run ./tools/layers
"$venv/bin/python" tools/python_rooms.py
go run ./tools/licenses -check
go run ./tools/wire -check
go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 -shellcheck= -pyflakes=
PYTHONPATH=python "$venv/bin/python" -m tools.blocking --check
PYTHONPATH=python "$venv/bin/python" -m tools.reliability --check
PYTHONPATH=python "$venv/bin/python" -m bench.page --check
"$venv/bin/ruff" check .
"$venv/bin/ruff" format --check .
"$venv/bin/mypy"
# What users' type checkers see of the package has a type, everywhere. (pyright, with the node that it needs.)
types=$(PYTHONPATH=python "$venv/bin/basedpyright" --pythonpath "$venv/bin/python" --verifytypes ml_nexus_go --ignoreexternal) || fail "$types"
# The documentation: links, the menu, names of the reference.
pages=$(tools/docs.sh 2>&1) || fail "$pages"
