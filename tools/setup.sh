# Sourced by the other scripts of this folder, from the repository root: checks what the
# machine must have, installs missing Debian packages, makes virtual environments.

fail() {
  echo "$*" >&2
  exit 1
}

step() { printf '\n=== %s (%s)\n' "$*" "$(date +%H:%M:%S)"; }

# has PART: reports whether it is among $parts.
has() { [[ " $parts " == *" $1 "* ]]; }

# need_go: provides the Go that go.mod names, which an older or a newer one downloads by
# itself. If that fails (GOTOOLCHAIN=local, no network), the machine's own, if it is new enough.
need_go() {
  local pinned own install="install Go 1.26 or later from https://go.dev/dl/ (or your distribution) and put it on PATH"
  command -v go >/dev/null || fail "go is missing: $install"
  pinned=$(sed -n 's/^toolchain //p' go.mod)
  if [ "${GOTOOLCHAIN:-}" != local ] && [ "$(GOTOOLCHAIN=$pinned go env GOVERSION 2>/dev/null)" = "$pinned" ]; then
    export GOTOOLCHAIN=$pinned+auto
    return
  fi
  export GOTOOLCHAIN=local
  own=$(cd / && go env GOVERSION)
  case $own in
  go1.[0-9] | go1.[0-9].* | go1.1[0-9]* | go1.2[0-5]*)
    fail "$own is too old, and $pinned could not be downloaded: $install"
    ;;
  "$pinned") ;;
  *) echo "$pinned, which go.mod names, could not be downloaded: building with $own" >&2 ;;
  esac
}

need_python() {
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
    fail "python3 is missing or older than 3.10: install it (apt-get install python3)"
}

# need_packages PACKAGE...: installs what is missing, as root or with sudo; with
# may_install=no it only says what is missing.
need_packages() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || fail "this machine has no apt-get: install by hand: ${missing[*]}"
  [ "${may_install:-yes}" = yes ] || fail "these packages are missing: as root: apt-get install ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "these packages are missing: ask root for: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  echo "installing ${missing[*]}" >&2
  # The lock is the testbed's, too (testbed/apt.py). The system may be installing something of its own.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive flock /run/mlng-apt.lock sh -c \
    'set -- apt-get install -yq -o DPkg::Lock::Timeout=600 --no-install-recommends "$@"; "$@" || { apt-get update -q && "$@"; }' \
    sh "${missing[@]}" >&2
}

# C compiler for cgo, and venv, which Debian's python3 comes without.
need_machine() {
  need_go
  need_python
  command -v gcc >/dev/null || need_packages gcc libc6-dev
  python3 -c 'import ensurepip, venv' 2>/dev/null || need_packages python3-venv
}

# make_venv FOLDER [PYTHON]
make_venv() {
  [ -x "$1/bin/python" ] || "${2:-python3}" -m venv "$1"
}

# make_dev_venv FOLDER: what linters and tests need, without the package itself.
make_dev_venv() {
  make_venv "$1"
  install_into "$1" "ruff==0.17.*" "mypy==2.*" "basedpyright==1.40.*" hatchling anyio click ipykernel ipywidgets nbclient opentelemetry-sdk pinjected rich uvloop \
    pytest pytest-asyncio pytest-timeout pytest-xdist
}

# install_into FOLDER WHAT...: installs with pip, without its noise.
install_into() {
  local folder=$1
  shift
  "$folder/bin/python" -m pip install -q --disable-pip-version-check --no-warn-script-location "$@"
}

# wheel_tools [PYTHON]: what makes wheels and source distributions, by hash, into $tools; and
# the time in them, which is the commit's.
wheel_tools() {
  tools=build/wheel-tools
  make_venv "$tools" "${1:-python3}"
  install_into "$tools" --require-hashes --only-binary :all: -r tools/wheel-tools.txt
  local date
  if date=$(git log -1 --format=%ct 2>/dev/null); then
    export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$date}
  fi
}
