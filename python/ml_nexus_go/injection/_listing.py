"""a_docker_ps: the containers as a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._clients.docker_client import DockerClient
from .._display.printable import printable
from ._bind import instance_of
from ._clients import Connect


def _a_docker_ps(
    ml_nexus_default_docker_client: DockerClient, ml_nexus_docker_connect: Connect, ml_nexus_docker_build_context: Any
) -> Callable[..., Any]:
    async def a_docker_ps(docker_host: str | None = None) -> Any:
        """Return all containers of a host, one row each, with the names as index.

        A pandas DataFrame, like ml_nexus's; if pandas is not installed, a dict of rows by
        name. Without ``docker_host``, or with a docker context, it uses the default client.
        """
        default = docker_host is None or ml_nexus_docker_build_context
        client = ml_nexus_default_docker_client if default else ml_nexus_docker_connect(docker_host)
        rows = await client.list_containers()
        try:
            import pandas  # noqa: PLC0415 - an optional dependency, slow to import
        except ModuleNotFoundError:
            return rows
        table = pandas.DataFrame([{key: _cell(value) for key, value in row.items()} for row in rows.values()])
        return table.set_index("Names") if rows else table

    return a_docker_ps


def _cell(value: Any) -> Any:
    return printable(value) if isinstance(value, str) else value


a_docker_ps: Any = instance_of(_a_docker_ps, "ml_nexus_docker_build_context")
