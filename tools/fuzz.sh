#!/usr/bin/env bash
# Runs every fuzz target of the Go code, each for MLNG_FUZZ_TIME (by default 1m).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
git grep -l '^func Fuzz' -- '*_test.go' | while read -r file; do
  for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$file"); do
    echo "=== $target in $(dirname "$file")"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${MLNG_FUZZ_TIME:-1m}" "./$(dirname "$file")"
  done
done
