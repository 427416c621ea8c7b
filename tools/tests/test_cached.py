"""What testbeds keep in the cache is made once, and complete or not at all."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from testbed.cached import made


@pytest.fixture(autouse=True)
def cold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_one_of_several_makes_it() -> None:
    written: list[Path] = []

    def make(partial: Path) -> None:
        partial.mkdir()
        written.append(partial)
        (partial / "program").write_text("it")

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: made("tool-1", make), range(8)))
    assert len(written) == 1
    assert [(path / "program").read_text() for path in found] == ["it"]


def test_what_was_interrupted_is_made_again() -> None:
    def interrupted(partial: Path) -> None:
        partial.mkdir()
        (partial / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made("tool-1", interrupted)

    def whole(partial: Path) -> None:
        partial.write_text("whole")

    assert made("tool-1", whole).read_text() == "whole"
