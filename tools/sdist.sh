#!/usr/bin/env bash
# Makes the source distribution into dist/. Its name has the version of the tag that is checked out, if there is one.
#   tools/sdist.sh [PYTHON]    with a Python that has pip; by default python3
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tools/setup.sh
wheel_tools "${1:-python3}"
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' python/ml_nexus_go/__init__.py)
for tag in $(git tag --points-at HEAD 'v*'); do
  [ "$tag" = "v$version" ] || fail "the tag $tag is not the package's version $version"
done
rm -f dist/*.tar.gz
"$tools/bin/python" -m build --sdist --no-isolation --outdir dist .
ls dist/*.tar.gz
