"""Systems that the library cannot be loaded on: one clear sentence, at import and at installation from source."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .support.program import ROOT, python

MUSL = "needs Linux with glibc, and this one has musl"
SYSTEMS = [
    ("linux", "x86_64-linux-musl", MUSL),
    ("linux", "aarch64-linux-musl", MUSL),
    ("win32", "", "not on Windows: use it in WSL 2"),
    ("freebsd14", "", "not on freebsd14"),
]


def pretending(platform: str, multiarch: str) -> str:
    """Return the beginning of a program that takes this system for another."""
    return f"import sys; sys.platform = {platform!r}; sys.implementation._multiarch = {multiarch!r}\n"


@pytest.mark.parametrize(("platform", "multiarch", "sentence"), SYSTEMS)
def test_an_import_says_why_it_does_not_work(platform: str, multiarch: str, sentence: str) -> None:
    done = python(pretending(platform, multiarch) + "import ml_nexus_go")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: ml_nexus_go ")
    assert sentence in last


@pytest.mark.parametrize(("platform", "multiarch", "sentence"), SYSTEMS)
def test_an_installation_from_source_says_why_it_does_not_work(platform: str, multiarch: str, sentence: str) -> None:
    # The hook alone, as the build calls it: a whole build would first need the other system.
    hook = "import hatch_build; hatch_build.BuildHook('.', {}, None, None, '.', 'wheel').initialize('standard', {})"
    program = f"import hatchling.builders.hooks.plugin.interface\n{pretending(platform, multiarch)}{hook}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert sentence in line


@pytest.mark.parametrize(
    ("platform", "multiarch"),
    [("linux", "x86_64-linux-gnu"), ("linux", "aarch64-linux-gnu"), ("linux", ""), ("darwin", "darwin")],
)
def test_supported_systems_are_not_refused(platform: str, multiarch: str) -> None:
    done = python(pretending(platform, multiarch) + "import ml_nexus_go._abi.supported as s; print(s._reason)")
    assert (done.returncode, done.stdout) == (0, "None\n"), done.stderr
