"""Bindings for pinjected: ``go_docker_design`` makes a design run on this client.

::

    __design__ = load_env_design + go_docker_design + design(ml_nexus_docker_host="gpu7")

ml_nexus is not needed, and not imported. Needs the extra ``pinjected``.
"""

from ._clients import (
    ml_nexus_default_docker_client,
    ml_nexus_docker_connect,
    new_LocalDockerClient,
    new_RemoteDockerClient,
)
from ._design import go_docker_design
from ._events import SystemCallEnd, SystemCallStart, SystemCallStdErr, SystemCallStdOut
from ._images import (
    a_build_docker,
    a_build_docker_no_buildkit,
    a_build_docker_ssh_remote,
    a_docker_push__local,
    build_image_with_copy,
    f_docker_login,
)
from ._listing import a_docker_ps

__all__ = [
    "SystemCallEnd",
    "SystemCallStart",
    "SystemCallStdErr",
    "SystemCallStdOut",
    "a_build_docker",
    "a_build_docker_no_buildkit",
    "a_build_docker_ssh_remote",
    "a_docker_ps",
    "a_docker_push__local",
    "build_image_with_copy",
    "f_docker_login",
    "go_docker_design",
    "ml_nexus_default_docker_client",
    "ml_nexus_docker_connect",
    "new_LocalDockerClient",
    "new_RemoteDockerClient",
]
