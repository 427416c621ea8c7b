"""tools/setup.sh on machines with an older and a newer Go than the one that go.mod names."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from .support.program import ROOT

PINNED = re.search(r"^toolchain (\S+)$", (ROOT / "go.mod").read_text(), re.MULTILINE)


def downloaded(version: str) -> str:
    """Return the folder of another Go's command, downloaded by this machine's."""
    environ = {**os.environ, "GOTOOLCHAIN": version}
    root = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True, env=environ, cwd="/")
    return f"{root.stdout.strip()}/bin"


def set_up(go: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the set-up where this Go is the machine's, and print the Go that it settles on."""
    script = ". tools/setup.sh; need_go; go env GOVERSION"
    kept = {name: value for name, value in os.environ.items() if name != "GOTOOLCHAIN"}
    path = {"PATH": f"{go}:/usr/bin:/bin"}
    return subprocess.run(
        ["bash", "-ec", script], capture_output=True, text=True, check=False, cwd=ROOT, env={**kept, **path, **environ}
    )


@pytest.mark.slow
@pytest.mark.parametrize("machine", ["go1.22.0", "go1.26.0", "go1.27.0"])
def test_an_older_and_a_newer_go_fetch_the_pinned_one(machine: str) -> None:
    assert PINNED is not None
    done = set_up(downloaded(machine))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{PINNED[1]}\n", "")


@pytest.mark.slow
@pytest.mark.parametrize("environ", [{"GOPROXY": "off"}, {"GOTOOLCHAIN": "local"}])
def test_without_downloads_the_machines_own_go_serves_if_it_is_new_enough(
    environ: dict[str, str], tmp_path: Path
) -> None:
    assert PINNED is not None
    nothing = {"GOMODCACHE": str(tmp_path), **environ}
    done = set_up(downloaded("go1.27.0"), **nothing)
    assert (done.returncode, done.stdout) == (0, "go1.27.0\n")
    assert done.stderr == f"{PINNED[1]}, which go.mod names, could not be downloaded: building with go1.27.0\n"
    done = set_up(downloaded("go1.22.0"), **nothing)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"go1.22.0 is too old, and {PINNED[1]} could not be downloaded: install Go 1.26")
