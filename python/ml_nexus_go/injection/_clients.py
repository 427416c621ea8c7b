"""Clients: one connection for each host and event loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._clients.docker_client import DockerClient
from .._clients.shared import Place, shared_client
from .._clients.target import LOCAL_NAMES
from .._errors import InvalidArgument
from ._bind import instance_of
from ._reporting import reporting_client

Connect = Callable[[str | None], DockerClient]

# The files of this machine do not need an engine: none is asked at this socket.
THIS_MACHINE = "unix:///var/run/docker.sock"


def _connect(
    ml_nexus_docker_connect_options: Mapping[str, Any] | None,
    ml_nexus_system_call_event_bus: Callable[[Any], Any] | None,
    ml_nexus_docker_build_context: str | None,
) -> Connect:
    options, bus = ml_nexus_docker_connect_options, ml_nexus_system_call_event_bus

    def connect(target: str | None = None) -> DockerClient:
        """Return a client for a target; its operations are reported to the event bus.

        This machine's names mean the docker context if one is bound.
        """
        if target in LOCAL_NAMES and ml_nexus_docker_build_context:
            target = f"context://{ml_nexus_docker_build_context}"
        if bus is None:
            return shared_client(target, options)
        return reporting_client(Place(target, options), bus)

    return connect


def this_machine(bus: Callable[[Any], Any] | None) -> DockerClient:
    """Return a client for the files of this machine, wherever docker's settings lead."""
    options = {"host_files": "local"}
    return shared_client(THIS_MACHINE, options) if bus is None else reporting_client(Place(THIS_MACHINE, options), bus)


def _new_local(ml_nexus_docker_connect: Connect, ml_nexus_docker_build_context: str | None) -> Callable[..., Any]:
    bound = ml_nexus_docker_build_context

    def new_LocalDockerClient(  # noqa: N802
        _a_system: object = None, _logger: object = None, _ml_nexus_docker_build_context: str | None = bound
    ) -> DockerClient:
        """Return a client of the local engine, or of a docker context."""
        context = _ml_nexus_docker_build_context
        return ml_nexus_docker_connect(f"context://{context}" if context else None)

    return new_LocalDockerClient


def _new_remote(ml_nexus_docker_connect: Connect) -> Callable[..., Any]:
    def new_RemoteDockerClient(  # noqa: N802
        *args: Any, host: str | None = None, _a_system: object = None, _logger: object = None
    ) -> DockerClient:
        """Return a client of a host over SSH; the last positional argument is the host."""
        target = host if host is not None else args[-1] if args else None
        if not isinstance(target, str) or not target:
            raise InvalidArgument(f"new_RemoteDockerClient needs host=, the name of a machine, not {target!r}")
        if target in LOCAL_NAMES:
            target = f"ssh://{target}"
        return ml_nexus_docker_connect(target)

    return new_RemoteDockerClient


def _default(
    new_LocalDockerClient: Callable[..., DockerClient],  # noqa: N803
    new_RemoteDockerClient: Callable[..., DockerClient],  # noqa: N803
    logger: Any,
    ml_nexus_docker_host: str | None,
) -> DockerClient:
    local = ml_nexus_docker_host is None or ml_nexus_docker_host in LOCAL_NAMES
    client = new_LocalDockerClient() if local else new_RemoteDockerClient(host=ml_nexus_docker_host)
    if logger is not None:
        logger.debug(f"docker client: {client!r}")
    return client


ml_nexus_docker_connect: Any = instance_of(
    _connect, "ml_nexus_docker_connect_options", "ml_nexus_system_call_event_bus", "ml_nexus_docker_build_context"
)
new_LocalDockerClient: Any = instance_of(_new_local, "ml_nexus_docker_build_context")  # noqa: N816
new_RemoteDockerClient: Any = instance_of(_new_remote)  # noqa: N816
ml_nexus_default_docker_client: Any = instance_of(_default, "logger", "ml_nexus_docker_host")
