#!/usr/bin/env bash
# Builds the shared library. The one home of Go's flags.
#   ./build.sh             for this machine, into the Python package
#   ./build.sh FOLDER      into another folder
#   GOOS=... GOARCH=... CC="..." ./build.sh FOLDER    for another machine (see tools/wheel.sh)
# The same commit gives the same bytes in every folder: no path, time or version control state is in them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

command -v go >/dev/null || {
  echo "build.sh: go is missing: install Go 1.26 or later from https://go.dev/dl/ and put it on PATH" >&2
  exit 1
}

version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' python/ml_nexus_go/__init__.py)
commit=$(git rev-parse --short=12 HEAD 2>/dev/null || echo "no commit")
info="ml_nexus_go $version, $(go env GOVERSION), $commit"
printf '#define MLNG_BUILD_INFO "%s"\n' "$info" >capi/build_info.h.new
cmp -s capi/build_info.h.new capi/build_info.h || cp capi/build_info.h.new capi/build_info.h
rm capi/build_info.h.new

# The agent that the library sends to engines, for files on their hosts.
agents=backends/engine/agent/built/bin
for arch in amd64 arm64; do
  GOOS=linux GOARCH=$arch CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -buildid=" \
    -o "$agents/.agent" ./backends/engine/agent/program
  gzip -9 -n -c "$agents/.agent" >"$agents/.agent.gz"
  cmp -s "$agents/.agent.gz" "$agents/agent-$arch.gz" || cp "$agents/.agent.gz" "$agents/agent-$arch.gz"
  rm "$agents/.agent" "$agents/.agent.gz"
done

out=${1:-python/ml_nexus_go/_lib}
mkdir -p "$out"
# Go's build ID depends on the linker's flags, and so on this folder: none. The linker's own
# build ID, made from what is linked, stays.
# Without grpc's pages of traces: their templates look up methods by name, and then the linker
# keeps every method of every type, 8 MB. (tools/tests/test_wheel.py: what else does.) And without
# gogo's protobuf and net/http's HTTP/2, which nothing here speaks (gRPC has its own).
flags=(-buildmode=c-shared -trimpath -buildvcs=false -tags grpcnotrace,no_gogo,nethttpomithttp2)
case $(go env GOOS) in
linux)
  library=libml_nexus_go.so
  link="-s -w -buildid= -extldflags \"'-Wl,--version-script=$PWD/capi/exports.map' -Wl,-soname,$library -Wl,-z,relro,-z,now -Wl,--build-id=sha1\""
  ;;
darwin)
  library=libml_nexus_go.dylib
  link="-s -w -buildid="
  ;;
*)
  echo "build.sh: only Linux and macOS are supported" >&2
  exit 1
  ;;
esac

CGO_ENABLED=1 go build "${flags[@]}" -ldflags "$link" -o "$out/.$library.new" ./capi
rm -f "$out/.${library%.*}.h" "$out/.$library.h"
mv "$out/.$library.new" "$out/$library" # whole or not at all: a running program keeps the old file
