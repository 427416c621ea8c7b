"""tools/vulnerabilities.py, on what govulncheck prints."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools import vulnerabilities  # noqa: E402


def finding(number: str, **frame: str) -> dict[str, Any]:
    """Return a message of govulncheck about a module or one of its packages."""
    return {"finding": {"osv": number, "trace": [{"module": "example.com/m", "version": "v1.0.0", **frame}]}}


PRINTED = [
    {"config": {"scan_level": "package"}},
    {"osv": {"id": "GO-2026-0003"}},
    finding("GO-2026-0001"),
    finding("GO-2026-0001", package="example.com/m/linked"),
    finding("GO-2026-0002"),
]
TEXT = "\n".join(json.dumps(message, indent=2) for message in PRINTED) + "\n"


def test_only_reports_about_linked_packages_count() -> None:
    assert vulnerabilities.reported(TEXT) == {"GO-2026-0001": "example.com/m v1.0.0"}
    assert vulnerabilities.reported("") == {}


@pytest.mark.parametrize(
    ("page", "code"), [("| GO-2026-0001 | m |", 0), ("GO-2026-0001 in a sentence", 1), ("| GO-2026-0002 |", 1)]
)
def test_a_report_that_the_page_does_not_list_fails(
    page: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.md").write_text(page)
    monkeypatch.setattr(vulnerabilities, "ROOT", tmp_path)
    monkeypatch.setattr(vulnerabilities, "PAGE", "page.md")
    done = subprocess.CompletedProcess([], 0, stdout=TEXT)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    assert vulnerabilities.main([]) == code
    shown = capsys.readouterr().out
    assert ("GO-2026-0001: example.com/m v1.0.0, which page.md does not list" in shown) == bool(code)
    assert f"1 reports about linked packages, {code} of them new" in shown
