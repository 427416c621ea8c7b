#!/usr/bin/env bash
# Checks that the shared library exports mlng_* and nothing else, and needs no glibc newer
# than the wheel promises.
#   tools/symbols.sh LIBRARY GLIBC
set -euo pipefail
library=$1 newest=$2

exported=$(nm -D --defined-only "$library" | awk '{ print $3 }')
declared=$(grep -o 'mlng_[a-z_]*(' "$(dirname "${BASH_SOURCE[0]}")/../include/ml_nexus_go.h" | tr -d '(' | sort -u)
if [ "$(sort -u <<<"$exported")" != "$declared" ]; then
  echo "the exported symbols differ from include/ml_nexus_go.h:" >&2
  diff <(echo "$declared") <(sort -u <<<"$exported") >&2
  exit 1
fi
needed=$(objdump -T "$library" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -1)
if [ "$(printf '%s\n' "$needed" "GLIBC_$newest" | sort -V | tail -1)" != "GLIBC_$newest" ]; then
  echo "$library needs $needed: newer than GLIBC_$newest" >&2
  exit 1
fi
echo "symbols: $(wc -l <<<"$exported"), newest glibc needed: $needed"
