#!/usr/bin/env bash
# Makes the wheel of dist/ a second time and compares the bytes: in a folder with another
# path, with other times and permissions, under another umask, time zone and language.
#   tools/same-wheel.sh [--fresh] [WHEEL_OPTION...]    the options of tools/wheel.sh
#   --fresh   with empty caches of Go and zig, as on another machine: takes minutes
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
folder=$(mktemp -d /tmp/another-place-XXXXXX)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
if [ "${1:-}" = --fresh ]; then
  shift
  export GOCACHE=$folder/go-cache ZIG_GLOBAL_CACHE_DIR=$folder/zig-cache ZIG_LOCAL_CACHE_DIR=$folder/zig-local
fi

umask 077
# The same commit, plus what is not committed yet, so that it can be tried before.
git clone -q --shared --no-checkout . "$folder/copy"
git -C "$folder/copy" reset -q "$(git rev-parse HEAD)"
git ls-files -coz --exclude-standard | while IFS= read -r -d '' file; do
  [ ! -e "$file" ] || printf '%s\0' "$file"
done | tar --null -T - -cf - | tar -xf - -C "$folder/copy"
find "$folder/copy" -path "$folder/copy/.git" -prune -o -exec touch -d 2001-02-03T04:05:06 {} +

(cd "$folder/copy" && TZ=Asia/Tokyo LC_ALL=C.UTF-8 USER=somebody HOSTNAME=elsewhere tools/wheel.sh "$@" >"$folder/log" 2>&1) ||
  { cat "$folder/log" >&2; fail "the second wheel could not be made"; }
for second in "$folder"/copy/dist/*.whl; do
  first=dist/$(basename "$second")
  cmp "$first" "$second" || {
    diff <(unzip -lv "$first" | sort -k8) <(unzip -lv "$second" | sort -k8) >&2 || true
    fail "$first is another one when it is made in another folder"
  }
  echo "the same wheel in another folder: $first"
done
