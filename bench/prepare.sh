# Sourced by scripts that need the other clients, from the repository root: the library, and $venv.
venv=.venv-bench
if ! cmp -s bench/requirements.txt "$venv/requirements.txt"; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --requirement bench/requirements.txt
  cp bench/requirements.txt "$venv/requirements.txt"
fi
./build.sh
