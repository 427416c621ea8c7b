"""go_docker_design: everything under ml_nexus's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pinjected import design

from ..environments import (
    DockerEnvFromSchematics,
    DockerHostEnvironment,
    DockerHostMounter,
    PersistentDockerEnvFromSchematics,
)
from . import _clients, _images, _listing, _rsync
from ._adopted import adopting, telling
from ._bind import constructor, instance_of
from ._hidden import MARK

_CLIENT = ("ml_nexus_default_docker_client", "ml_nexus_docker_connect")

_new_mounter = constructor(
    DockerHostMounter, ("ml_nexus_docker_connect",), "storage_resolver", "a_system", "a_ssh_cmd", "new_RsyncArgs"
)
_host_fields = constructor(
    DockerHostEnvironment,
    (
        "storage_resolver",
        "ml_nexus_default_docker_image_repo",
        "ml_nexus_default_docker_host_mounter",
        *_CLIENT,
    ),
    "a_system",
    "a_system_parallel",
    "new_RsyncArgs",
    "macro_install_base64_runner",
    "logger",
    "env_result_download_path",
    "ml_nexus_docker_build_context",
)
_new_host_environment = _host_fields.using(lambda **values: telling(_host_fields.function(**values)))
_schematics_fields = constructor(
    DockerEnvFromSchematics,
    ("new_DockerHostEnvironment", "storage_resolver", "ml_nexus_default_docker_host_placement", *_CLIENT),
    "a_system",
    "new_RsyncArgs",
    "logger",
)


def _from_schematics(env_result_download_path: Any, **values: Any) -> Callable[..., Any]:
    shared = {f"_{name}": values[name] for name in (*_CLIENT, "a_system", "logger")}
    return adopting(_schematics_fields.function(**values), _env_result_download_path=env_result_download_path, **shared)


_new_from_schematics = _schematics_fields.using(_from_schematics, "env_result_download_path")
_new_persistent = constructor(
    PersistentDockerEnvFromSchematics,
    ("new_DockerEnvFromSchematics", *_CLIENT),
    "a_system",
    "logger",
    "env_result_download_path",
    "a_docker_ps",
    "ml_nexus_docker_build_context",
)


def _a_persistent(new_PersistentDockerEnvFromSchematics: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N803
    async def a_PersistentDockerEnvFromSchematics(  # noqa: N802
        project: Any, schematics: Any, docker_host: Any = None, container_name: str = "", **fields: Any
    ) -> PersistentDockerEnvFromSchematics:
        """Return a persistent environment. Its container starts with the first use."""
        made: PersistentDockerEnvFromSchematics = new_PersistentDockerEnvFromSchematics(
            project=project, schematics=schematics, docker_host=docker_host, container_name=container_name, **fields
        )
        return made

    return a_PersistentDockerEnvFromSchematics


# Add it after the design that binds ml_nexus's own: the last one wins.
go_docker_design: Any = design(
    **{MARK: True},
    ml_nexus_docker_connect=_clients.ml_nexus_docker_connect,
    ml_nexus_default_docker_client=_clients.ml_nexus_default_docker_client,
    new_LocalDockerClient=_clients.new_LocalDockerClient,
    new_RemoteDockerClient=_clients.new_RemoteDockerClient,
    new_DockerHostMounter=_new_mounter,
    new_DockerHostEnvironment=_new_host_environment,
    new_DockerEnvFromSchematics=_new_from_schematics,
    new_PersistentDockerEnvFromSchematics=_new_persistent,
    a_PersistentDockerEnvFromSchematics=instance_of(_a_persistent),
    new_RsyncArgs=_rsync.new_RsyncArgs,
    a_docker_ps=_listing.a_docker_ps,
    a_build_docker=_images.a_build_docker,
    a_build_docker_no_buildkit=_images.a_build_docker_no_buildkit,
    a_build_docker_ssh_remote=_images.a_build_docker_ssh_remote,
    build_image_with_copy=_images.build_image_with_copy,
    a_docker_push__local=_images.a_docker_push__local,
    f_docker_login=_images.f_docker_login,
)
