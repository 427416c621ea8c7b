#!/usr/bin/env bash
# The documentation site, into build/site. It fails on a link that leads nowhere, and on a page that the menu lacks.
#   tools/docs.sh         build it
#   tools/docs.sh serve   show it at http://127.0.0.1:8000, and follow changes
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
need_python
venv=build/docs-venv
make_venv "$venv"
mapfile -t packages < <(sed -n 's/^docs = \[\(.*\)\]$/\1/p' pyproject.toml | grep -o '"[^"]*"' | tr -d '"')
[ "${#packages[@]}" -gt 0 ] || fail "pyproject.toml has no line docs = [...]"
install_into "$venv" "${packages[@]}"
export NO_MKDOCS_2_WARNING=1 # of the theme, about a version that is not used here
case ${1:-build} in
build) "$venv/bin/mkdocs" build --strict ;; # --quiet would hide warnings from --strict, too
serve) "$venv/bin/mkdocs" serve ;;
*) fail "usage: tools/docs.sh [build|serve]" ;;
esac
