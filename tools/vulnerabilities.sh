#!/usr/bin/env bash
# Looks for known vulnerabilities in the code that is linked: those that it can reach fail.
#   tools/vulnerabilities.sh [DATABASE]   a URL of Go's vulnerability database, or file:///FOLDER with one
# By default it asks the database on the network. What was found last: docs/supply-chain.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
need_go
./build.sh # the agents are embedded: without them the code does not compile
go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ${1:+-db "$1"} ./capi ./backends/engine/agent/program
