"""Results and events, as users get them. Together with the exceptions of _errors, this is the lowest room.

Each module loads when it is first used, as ``_results.networks.network_of``: making all these classes would take
half the time of importing the package, and most programs use few.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import builds as builds
    from . import command as command
    from . import container_details as container_details
    from . import container_documents as container_documents
    from . import container_files as container_files
    from . import container_views as container_views
    from . import containers as containers
    from . import disk_usage as disk_usage
    from . import documents as documents
    from . import events as events
    from . import gpus as gpus
    from . import host_files as host_files
    from . import image_views as image_views
    from . import images as images
    from . import ml_nexus as ml_nexus
    from . import networks as networks
    from . import output as output
    from . import ports as ports
    from . import progress as progress
    from . import stats as stats
    from . import system as system
    from . import tables as tables
    from . import volumes as volumes


def __getattr__(name: str) -> Any:
    try:
        return import_module(f".{name}", __name__)
    except ModuleNotFoundError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


def named(result: str) -> Any:
    """Return a result's class, or a union of them, by its name."""
    from pkgutil import iter_modules  # noqa: PLC0415 - only here

    for module in iter_modules(__path__):
        found = vars(getattr(sys.modules[__name__], module.name))
        if result in found:
            return found[result]
    raise AttributeError(f"there is no result {result!r}")
