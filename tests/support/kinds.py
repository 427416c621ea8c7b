"""Two kinds of tests: those that need the testbed, and the others, which ``make check`` runs.

A test needs the testbed if one of its fixtures uses the fixture ``testbed``, and then has a marker of that name. The
others are not told where the testbed is: one that needs it after all fails in every run, not in ``make check`` only.
No test skips.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from typing import Any

import pytest

from testbed import load_state

LEFT_OUT = pytest.StashKey[int]()


@pytest.fixture(scope="session")
def testbed() -> None:
    """The test needs the testbed."""
    load_state()


@pytest.fixture(autouse=True)
def told_where_the_testbed_is(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what leads to the testbed from a test that does not say that it needs it."""
    if "testbed" not in request.fixturenames:
        monkeypatch.delenv("MLNG_TESTBED", raising=False)


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "testbed" in getattr(item, "fixturenames", ()):
            item.add_marker("testbed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"skipped, and no test skips: {report.longrepr}"


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    if not items:
        return
    config = items[0].config
    config.stash[LEFT_OUT] = config.stash.get(LEFT_OUT, 0) + len(items)
    if hasattr(config, "workeroutput"):  # of pytest-xdist
        config.workeroutput["left_out"] = config.stash[LEFT_OUT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the number from a worker of pytest-xdist: each of them collects everything."""
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    kinds: Counter[bool] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and report.when == "setup":
                kinds["testbed" in report.keywords] += 1
    if not kinds:
        return
    left_out = config.stash.get(LEFT_OUT, 0)
    terminalreporter.write_line(
        f"Python tests: {kinds[False]} without the testbed, {kinds[True]} with it, {left_out} left out"
    )
