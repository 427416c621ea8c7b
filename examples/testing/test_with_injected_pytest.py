"""Tests whose arguments come from a design of pinjected."""

from __future__ import annotations

from typing import Any

from pinjected import design
from pinjected.test import injected_pytest

from examples.places import places
from ml_nexus_go.injection import go_docker_design

_design = (
    design(
        image=places().image,
        ml_nexus_docker_host=places().targets[-1],
        ml_nexus_docker_connect_options=places().connect_options,
    )
    + go_docker_design
)


@injected_pytest(_design)
async def test_a_client_of_the_design(ml_nexus_default_docker_client: Any, image: str) -> None:
    result = await ml_nexus_default_docker_client.run_container(image, "echo injected", ["--rm"])
    assert result.stdout == "injected\n"


@injected_pytest(_design)
async def test_the_table_of_containers(a_docker_ps: Any) -> None:
    assert hasattr(await a_docker_ps(), "keys")
