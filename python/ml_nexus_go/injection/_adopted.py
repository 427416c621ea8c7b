"""ml_nexus's own environments, made by their classes, which no design can replace.

``injected(PersistentDockerEnvFromSchematics)(...)`` asks the design for the environment of
its container, and is recognised by that: it does what ours does. The others cause a warning.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from .._results.ml_nexus import foreign
from ..environments import PersistentDockerEnvFromSchematics
from ..environments._choice import warn_of_class

_PERSISTENT = ("ml_nexus.docker.builder.persistent", "PersistentDockerEnvFromSchematics")

_METHODS = (
    *("a_is_container_ready", "a_wait_container_ready", "ensure_container", "start", "stop", "run_script", "run"),
    *("upload", "download", "delete", "sync_to_container", "sync_from_container", "random_remote_path", "run_context"),
)
# What both have of the fields that a user gives.
_FIELDS = ("project", "schematics", "docker_host", "container_name")


def telling(new: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``new``, for use as new_DockerHostEnvironment.

    ml_nexus's own DockerEnvFromSchematics, which calls it, has begun with a shell command.
    """

    def new_DockerHostEnvironment(*args: Any, **keywords: Any) -> Any:  # noqa: N802
        if _is_a(sys._getframe(1), "ml_nexus.docker.builder.docker_env_with_schematics", "DockerEnvFromSchematics"):
            warn_of_class("DockerEnvFromSchematics")
        return new(*args, **keywords)

    return new_DockerHostEnvironment


def adopting(new: Callable[..., Any], **injected: Any) -> Callable[..., Any]:
    """Return ``new``, for use as new_DockerEnvFromSchematics.

    If ml_nexus's own persistent environment calls it, that one's methods become those
    of our environment. A subclass keeps the methods that it overrides.
    """

    def new_DockerEnvFromSchematics(*args: Any, **keywords: Any) -> Any:  # noqa: N802
        if not _is_a(sys._getframe(1), *_PERSISTENT):
            return new(*args, **keywords)
        owner, cls = sys._getframe(1).f_locals["self"], foreign(*_PERSISTENT)
        fields = {name: getattr(owner, name) for name in _FIELDS}
        ours = PersistentDockerEnvFromSchematics(_new_DockerEnvFromSchematics=new, **injected, **fields)
        for name in _METHODS:
            if getattr(type(owner), name, None) is getattr(cls, name, None):
                setattr(owner, name, getattr(ours, name))
        return ours.container

    return new_DockerEnvFromSchematics


def _is_a(caller: FrameType, module: str, name: str) -> bool:
    """Return whether the caller is a method of a class of ml_nexus."""
    cls = foreign(module, name)
    return cls is not None and isinstance(caller.f_locals.get("self"), cls)
