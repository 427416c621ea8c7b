"""ml_nexus's three environments, over a DockerClient instead of shell commands.

They have the fields, defaults, methods and results of ml_nexus's classes of the same
names, and need neither ml_nexus nor pinjected: fields that begin with an underscore are
what pinjected would inject, and may be left out. ``docker_client`` says where to run.
"""

from ._context import ScriptRunContext, ScriptRunResult
from ._host import DockerHostEnvironment
from ._mounts import (
    CacheMountRequest,
    ContextualMountRequest,
    DirectMountRequest,
    DockerHostPlacement,
    DockerMount,
    ResolveMountRequest,
    ResourceUnknown,
)
from ._persistent import PersistentDockerEnvFromSchematics
from ._resources import DockerHostMounter
from ._schematics import DockerEnvFromSchematics

__all__ = [
    "CacheMountRequest",
    "ContextualMountRequest",
    "DirectMountRequest",
    "DockerEnvFromSchematics",
    "DockerHostEnvironment",
    "DockerHostMounter",
    "DockerHostPlacement",
    "DockerMount",
    "PersistentDockerEnvFromSchematics",
    "ResolveMountRequest",
    "ResourceUnknown",
    "ScriptRunContext",
    "ScriptRunResult",
]
