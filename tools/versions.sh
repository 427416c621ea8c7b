#!/usr/bin/env bash
# Installs the wheel into a new virtual environment of every supported Python on this
# machine, and runs the demo there, outside the source tree.
# Run it under `python3 -m testbed run engine-new --`, after tools/wheel.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
wheel=$(echo "$PWD"/dist/*_"$(uname -m)".whl)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp examples/hello.py "$folder"
host=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["parts"]["engine-new"]["host"])' "$MLNG_TESTBED")

pythons=()
for version in 3.10 3.11 3.12 3.13 3.14; do
  for candidate in "python$version" "$HOME"/.pyenv/versions/"$version".*/bin/python; do
    if [ "$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$version" ]; then
      pythons+=("$candidate")
      break
    fi
  done
done
cd "$folder"
for python in "${pythons[@]}"; do
  rm -rf venv
  make_venv venv "$python"
  install_into venv "$wheel"
  MLNG_DEMO_IMAGE=mlng-busybox venv/bin/python -W error hello.py "$host" >out || { cat out; exit 1; }
  echo "$(venv/bin/python --version): $(tail -1 out)"
done
