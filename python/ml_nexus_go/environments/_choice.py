"""Which client an environment runs on."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable
from typing import Any

from .._clients.docker_client import DockerClient
from .._clients.shared import shared_client
from .._errors import InvalidArgument

# Clients that a docker_host= led to, so that dataclasses.replace() of an environment,
# which repeats both, is no contradiction.
_of_host: weakref.WeakKeyDictionary[DockerClient, str] = weakref.WeakKeyDictionary()


def choose_client(
    name: str,
    client: DockerClient | None,
    host: str | DockerClient | None,
    default: DockerClient | None,
    connect: Callable[[str], DockerClient] | None,
) -> DockerClient:
    """Return the client that an environment was given, by whichever of its fields.

    ``docker_host`` is deprecated; a client in its place counts as ``docker_client``.
    Raises InvalidArgument if both are given, or neither and there is no default.
    """
    if isinstance(host, DockerClient):
        client, host = (host, None) if client is None or client is host else (client, repr(host))
    if client is not None and host is not None and _of_host.get(client) != host:
        raise InvalidArgument(f"{name} takes docker_client= or docker_host=, not both: leave docker_host={host!r} out")
    if client is not None:
        if not isinstance(client, DockerClient):
            raise InvalidArgument(f"docker_client must be a DockerClient, not {_kind(client)}")
        return client
    if host is not None:
        if not isinstance(host, str):
            raise InvalidArgument(f"docker_host must be a str, not {_kind(host)}")
        warnings.warn(
            f"{name}(docker_host={host!r}) is deprecated: pass docker_client=ml_nexus_go.connect({host!r}), "
            "or bind ml_nexus_docker_host in the design",
            DeprecationWarning,
            stacklevel=5,  # who made the environment
        )
        client = (connect or shared_client)(host)
        _of_host[client] = host
        return client
    if default is None:
        raise InvalidArgument(
            f"{name} has no docker client: pass docker_client=, or add go_docker_design to the design, "
            "which provides ml_nexus_default_docker_client"
        )
    return default


_told: set[str] = set()


def warn_of_class(name: str) -> None:
    """Warn, once in a program, that ml_nexus's own class is in use, which no design replaces."""
    if name in _told:
        return
    _told.add(name)
    warnings.warn(
        f"ml_nexus's own {name}, named as a class, starts ssh and docker itself: write new_{name}, which "
        f"go_docker_design binds, instead of injected({name})",
        UserWarning,
        stacklevel=3,
    )


def required(name: str, **fields: Any) -> None:
    """Raise InvalidArgument for a field that was left out."""
    for field, value in fields.items():
        if value is None:
            raise InvalidArgument(f"{name} needs {field}=")


def _kind(value: object) -> str:
    return type(value).__name__
