"""Which client a build goes to, when an environment's builder starts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .._clients.docker_client import DockerClient

_client: ContextVar[DockerClient | None] = ContextVar("ml_nexus_go_building_client", default=None)


@contextmanager
def building_with(client: DockerClient) -> Iterator[None]:
    """Let builds in this task and in tasks that it starts go to a client."""
    token = _client.set(client)
    try:
        yield
    finally:
        _client.reset(token)


def building_client() -> DockerClient | None:
    """The client of building_with, or None."""
    return _client.get()
