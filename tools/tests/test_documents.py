"""What the pages about security say is shown by tests, which exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEST = re.compile(r"`((?:Test|Fuzz)[A-Z]\w*|test_\w+)`")


@pytest.fixture(scope="module")
def tests() -> set[str]:
    """The names of all tests in the repository."""
    places = ["*_test.go", "tests/*.py", "tools/tests/*.py"]
    search = ["git", "grep", "-hoE", r"(func|def) (Test|Fuzz|test_)\w+", "--", *places]
    found = subprocess.run(search, capture_output=True, text=True, check=True, cwd=ROOT)
    return {line.split()[1] for line in found.stdout.splitlines()}


@pytest.mark.parametrize("page", ["docs/threat-model.md", "docs/supply-chain.md", "docs/versions.md"])
def test_the_tests_that_a_page_names_exist(page: str, tests: set[str]) -> None:
    named = set(TEST.findall((ROOT / page).read_text()))
    assert named
    assert not named - tests


def test_each_claim_of_the_threat_model_names_a_test() -> None:
    rows = [line for line in (ROOT / "docs/threat-model.md").read_text().splitlines() if line.startswith("|")]
    claims = [row for row in rows if not re.match(r"\| (it|they) cannot \||\|---", row)]
    assert len(claims) > 20
    for claim in claims:
        assert TEST.search(claim), claim


def test_the_page_about_fuzzing_has_every_target() -> None:
    search = ["git", "grep", "-hoE", r"^func Fuzz\w+", "--", "*_test.go", ":!tools"]
    found = subprocess.run(search, capture_output=True, text=True, check=True, cwd=ROOT)
    rows = (line for line in (ROOT / "docs/fuzzing.md").read_text().splitlines() if line.startswith("|"))
    listed = [name for row in rows for name in re.findall(r"`(Fuzz\w+)`", row)]
    assert sorted(listed) == sorted(line.split()[1] for line in found.stdout.splitlines())
