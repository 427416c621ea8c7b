#!/usr/bin/env bash
# Runs the fuzz targets of the Go code, one after the other.
#   tools/fuzz.sh [TARGET...]   all of them, or those of which the name has one of these texts
# MLNG_FUZZ_TIME is how long each runs (1m), MLNG_FUZZ_PARALLEL how many processes work at once (as many
# as there are processors), MLNG_FUZZ_RECORD a file that gets a line about each: its name, seconds, executions.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
wanted=$(IFS='|'; echo "$*")
git grep -l '^func Fuzz' -- '*_test.go' ':!tools' | while read -r file; do
  for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$file"); do
    [[ $target =~ $wanted ]] || continue
    echo "=== $target in $(dirname "$file")"
    began=$SECONDS
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${MLNG_FUZZ_TIME:-1m}" -fuzzminimizetime 5s ${MLNG_FUZZ_PARALLEL:+-parallel "$MLNG_FUZZ_PARALLEL"} \
      "./$(dirname "$file")" | tee build/fuzz.log
    [ -z "${MLNG_FUZZ_RECORD:-}" ] ||
      printf '%s\t%s\t%s\n' "$target" $((SECONDS - began)) "$(sed -n 's/.*execs: \([0-9]*\).*/\1/p' build/fuzz.log | tail -1)" >>"$MLNG_FUZZ_RECORD"
  done
done
