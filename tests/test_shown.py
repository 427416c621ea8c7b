"""What an engine, a host or a build sends is shown as text, whatever it contains."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from ml_nexus_go._display import image_progress
from ml_nexus_go._display.build_progress import LINE_LENGTH, BuildDisplay
from ml_nexus_go._display.image_progress import bars
from ml_nexus_go._display.printable import printable
from ml_nexus_go._display.progress import bar
from ml_nexus_go._results.builds import BuildLog, BuildStep
from ml_nexus_go._results.images import LayerProgress, TransferStatus
from ml_nexus_go._results.progress import Progress

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil\r\b"


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def terminal_of(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Let stderr be a terminal. (Between a fixture and its test, pytest sets it again.)"""
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    return terminal


def nothing_evil(terminal: Terminal) -> str:
    """Return what was shown, after checking that no control character got through."""
    shown = terminal.getvalue()
    for part in ("\x1b]0;", "\x07", "\x1b[2J", "\x9b", "\u202e", "\b"):
        assert part not in shown
    assert "\\x1b]0;owned\\x07" in shown
    return shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü 日本 🙂 \N{NO-BREAK SPACE}", "plain ü 日本 🙂 \N{NO-BREAK SPACE}"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\rb\nc\td\x00\x7f\x9b", "a\\rb\\nc\\td\\x00\\x7f\\x9b"),
        ("left\u202eright\u2066\u200f\ufeff", "left\\u202eright\\u2066\\u200f\\ufeff"),
        ("lone \ud800", "lone \\ud800"),
        ("\\x1b as text", "\\x1b as text"),
    ],
)
def test_control_characters_are_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_some_may_stay() -> None:
    assert printable("a\n\tb\x1b\r", keep="\n\t") == "a\n\tb\\x1b\\r"


def test_lines_of_a_build_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    display = BuildDisplay("plain")
    display.take({"event": "plain", "text": f"#5 0.1 {EVIL}\n#5 DONE\n"}, None)
    display.close()
    assert nothing_evil(terminal).endswith("\n#5 DONE\n")


def test_lines_of_a_build_in_a_file_are_as_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", out := io.StringIO())
    display = BuildDisplay("plain")
    display.take({"event": "plain", "text": EVIL}, None)
    assert out.getvalue() == EVIL


def test_steps_of_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    display = BuildDisplay("tty")
    vertex: Any = {"event": "vertex"}
    output: Any = {"event": "log"}
    step = BuildStep(1, f"RUN {EVIL}", "started", "", 0.0, "id")
    log = BuildLog(1, EVIL, 1, "id")
    display.take(vertex, step)
    display.take(output, log)
    assert display._terminal is not None
    shown_step = display._terminal.steps[1]
    for _ in range(100):
        display.take(output, BuildLog(1, "x" * 1000, 1, "id"))
    assert sum(map(len, shown_step.log)) <= LINE_LENGTH * (1 + 6)
    display.close()
    nothing_evil(terminal)


def test_bars_of_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    monkeypatch.setattr(image_progress, "MAX_BARS", 5)
    with bars() as draw:
        assert draw is not None
        draw(TransferStatus(EVIL))
        for number in range(9):
            draw(LayerProgress(f"layer{number}", "waiting", 0, -1))
        draw(LayerProgress("layer0", EVIL, 1, 2))
    shown = nothing_evil(terminal)
    assert "layer4" in shown
    assert "layer5" not in shown


def test_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    with bar(EVIL) as draw:
        assert draw is not None
        draw(Progress(1, 2, 3))
    nothing_evil(terminal)
