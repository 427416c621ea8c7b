"""A warning if go_docker_design is in a design but ml_nexus's own classes win."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from pinjected.v2.keys import StrBindKey

# Bound by go_docker_design as a whole, and by nothing else.
MARK = "ml_nexus_go_docker_design"

# What load_env_design binds, all at once.
_CLASSES = (
    "new_DockerHostEnvironment",
    "new_DockerEnvFromSchematics",
    "new_PersistentDockerEnvFromSchematics",
    "new_LocalDockerClient",
    "new_RemoteDockerClient",
)

_warned = False


def warn_where_hidden(design: Any, is_ours: Callable[[Any], bool]) -> None:
    """Warn, once in a program, of a design in which none of the classes is ours.

    Names that load_env_design does not bind are still ours there, and lead here.
    """
    global _warned
    if _warned or StrBindKey(MARK) not in design:
        return
    bound = [design[StrBindKey(name)] for name in _CLASSES if StrBindKey(name) in design]
    if any(is_ours(getattr(bind, "src", None)) for bind in bound):
        return
    _warned = True
    warnings.warn(
        "go_docker_design is in the design and changes nothing: load_env_design, or another design with ml_nexus's own "
        f"{_CLASSES[0]} and clients, was added after it and wins. Write it last, where load_env_design is added: "
        "load_env_design + ... + go_docker_design, in the overrides of a test or a __meta_design__ too "
        "(docs/migration.md, 'Where the design goes')",
        UserWarning,
        stacklevel=2,
    )
