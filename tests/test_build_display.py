"""build_image: what it shows meanwhile."""

from __future__ import annotations

import io
import os
import pty
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_nexus_go import BuildFailed, DockerClient, InvalidArgument

from .support.builds import context, fresh

pytestmark = pytest.mark.engines("new")


class Terminal:
    """The target of stderr, once ``begin`` was called in the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._master, slave = pty.openpty()
        self._stream = io.TextIOWrapper(io.FileIO(slave, "w"), encoding="utf-8")
        self._seen = b""
        # A terminal that nobody reads is full after some kilobytes, and blocks who writes.
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def begin(self) -> None:
        """Let stderr go there. (Between a fixture and its test, pytest sets it again.)"""
        self._monkeypatch.setattr(sys, "stderr", self._stream)
        self._monkeypatch.setenv("TERM", "xterm")

    def shown(self) -> str:
        """What was written, to the end: stderr goes elsewhere from now on."""
        self._monkeypatch.setattr(sys, "stderr", sys.__stderr__)
        self.close()
        return self._seen.decode()

    def close(self) -> None:
        """Close the terminal, once or more often."""
        self._stream.close()
        self._reader.join()

    def _read(self) -> None:
        try:
            while data := os.read(self._master, 1 << 16):
                self._seen += data
        except OSError:  # EIO: nobody has the terminal open any more
            pass
        finally:
            os.close(self._master)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal for stderr."""
    terminal = Terminal(monkeypatch)
    yield terminal
    terminal.close()


async def test_lines_where_there_is_no_terminal(
    client: DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    result = await client.build_image(context(tmp_path / "c", fresh("RUN echo hello")), progress=True)
    assert out.getvalue() == result.log
    assert re.search(r"^#(\d+) \[2/2\] RUN echo hello$", result.log, re.MULTILINE)
    assert re.search(r"^#\d+ \d+\.\d{3} hello$", result.log, re.MULTILINE)
    assert re.search(r"^#\d+ DONE \d+\.\ds$", result.log, re.MULTILINE)


async def test_the_option_asks_for_it_too(
    client: DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    here = context(tmp_path / "c", fresh("RUN echo hello"))
    result = await client.build_image(here, options="--progress=plain")
    assert out.getvalue() == result.log
    await client.build_image(here, options="--progress=quiet")
    await client.build_image(here, options="--quiet --progress=plain")
    await client.build_image(here)
    assert out.getvalue() == result.log


async def test_steps_on_a_terminal(client: DockerClient, tmp_path: Path, terminal: Terminal) -> None:
    terminal.begin()
    here = context(tmp_path / "c", fresh("RUN echo hello && sleep 1"))
    await client.build_image(here, progress=True)
    text = terminal.shown()
    assert "FINISHED" in text
    assert " => [2/2] RUN echo hello && sleep 1" in text
    assert " => => # hello" in text
    assert text.endswith("\x1b[?25h")  # the cursor is back


async def test_a_failed_build_on_a_terminal(client: DockerClient, tmp_path: Path, terminal: Terminal) -> None:
    terminal.begin()
    with pytest.raises(BuildFailed):
        await client.build_image(context(tmp_path / "c", fresh("RUN false")), progress="tty")
    text = terminal.shown()
    assert "FAILED" in text
    assert " => ERROR [2/2] RUN false" in text


async def test_a_mode_that_is_none(client: DockerClient, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="auto, tty, plain"):
        await client.build_image(tmp_path, progress="frob")
