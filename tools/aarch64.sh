#!/usr/bin/env bash
# Installs the aarch64 wheel for an aarch64 Python and runs containers with it on real engines.
# On another processor qemu runs the Python: a user's program, without the kernel's help.
# Run it under `python3 -m testbed run engine-old engine-new --`; it makes the wheel if it is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
need_packages qemu-user-static debootstrap
[ -e dist/*-manylinux_2_28_aarch64.whl ] || tools/wheel.sh --platform aarch64
root=${XDG_CACHE_HOME:-$HOME/.cache}/ml_nexus_go/aarch64-bookworm
if [ ! -e "$root" ]; then
  rm -rf "$root.new"
  # The second stage would run aarch64 programs. Nothing needs it: unpacking is enough.
  debootstrap --foreign --arch=arm64 --variant=minbase --include=python3,python3-pip bookworm "$root.new" >"$root.log" ||
    { cat "$root.log" >&2; exit 1; }
  for package in "$root.new"/var/cache/apt/archives/*.deb; do
    dpkg-deb -x "$package" "$root.new"
  done
  rm -rf "$root.new/var/cache/apt"
  mv "$root.new" "$root"
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python() {
  PYTHONPATH=$folder/site:$root/usr/lib/python3/dist-packages \
    qemu-aarch64-static -L "$root" "$root/usr/bin/python3" "$@"
}

# pip refuses a wheel that is not for this Python.
python -m pip install -q --disable-pip-version-check --root-user-action ignore --no-index --target "$folder/site" dist/*-manylinux_2_28_aarch64.whl
cp examples/hello.py "$folder"
cd "$folder"
for engine in engine-old engine-new; do
  host=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["parts"][sys.argv[2]]["host"])' "$MLNG_TESTBED" "$engine")
  MLNG_DEMO_IMAGE=mlng-busybox python -W error hello.py "$host" >out || { cat out; exit 1; }
  echo "$(python -c 'import platform; print(platform.machine(), platform.python_version())') on $engine: $(tail -1 out)"
done
