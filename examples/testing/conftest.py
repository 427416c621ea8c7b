"""Where these tests run: on the testbed, if MLNG_TESTBED names one."""

from __future__ import annotations

from typing import Any

import pytest

from examples.places import places


@pytest.fixture(scope="session")
def docker_connect_options() -> dict[str, Any]:
    return places().connect_options


@pytest.fixture
def image() -> str:
    return places().image


def pytest_configure(config: pytest.Config) -> None:
    if not config.option.docker_target:
        config.option.docker_target = places().targets
