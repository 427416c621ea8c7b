"""Tests that need the testbed are known, the others are not told where it is, and none skips."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .support.program import ROOT

SUITE = """
import os
import pytest

@pytest.fixture
def engine(testbed):
    return os.environ["MLNG_TESTBED"]

def test_with_the_testbed(engine):
    assert engine

def test_without():
    assert "MLNG_TESTBED" not in os.environ
"""


def run(folder: Path, source: str, *words: str) -> str:
    """Run a suite under the plugin; return what pytest printed."""
    (folder / "test_one.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = testbed\n")
    (folder / "state.json").write_text('{"parts": {}}')
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "MLNG_TESTBED": str(folder / "state.json")}
    environ["PYTHONPATH"] = os.pathsep.join((str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])))
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.kinds", "-p", "no:cacheprovider", *words]
    done = subprocess.run(argv, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "counts"),
    [
        ((), "1 without the testbed, 1 with it, 0 left out"),
        (("-m", "not testbed"), "1 without the testbed, 0 with it, 1 left out"),
        (("-m", "testbed"), "0 without the testbed, 1 with it, 1 left out"),
        (("-p", "xdist", "-n", "2", "-m", "not testbed"), "1 without the testbed, 0 with it, 1 left out"),
    ],
)
def test_both_kinds_are_chosen_and_counted(tmp_path: Path, words: tuple[str, ...], counts: str) -> None:
    printed = run(tmp_path, SUITE, *words)
    assert f"Python tests: {counts}" in printed
    assert "failed" not in printed
    assert "error" not in printed.lower()


def test_what_needs_the_testbed_and_does_not_say_so_fails_in_every_run(tmp_path: Path) -> None:
    printed = run(tmp_path, "from testbed import load_state\n\ndef test_it():\n    load_state()\n")
    assert "MLNG_TESTBED is not set" in printed
    assert "1 failed" in printed


@pytest.mark.parametrize(
    ("source", "end"),
    [
        ("import pytest\n\ndef test_it():\n    pytest.skip('no reason')\n", "1 failed"),
        ("import pytest\n\n@pytest.mark.skip\ndef test_it():\n    pass\n", "1 error"),
        ("import pytest\n\npytest.importorskip('nothing_of_this_name')\n", "1 error"),
    ],
)
def test_a_skip_is_a_failure(tmp_path: Path, source: str, end: str) -> None:
    printed = run(tmp_path, source)
    assert end in printed
    assert "skipped, and no test skips" in printed
