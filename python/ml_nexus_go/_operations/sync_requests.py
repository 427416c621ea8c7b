"""What every sync sends, whichever direction it has."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .._arguments.checks import LocalPath, local_path, text, yes_or_no
from .._errors import InvalidArgument

if TYPE_CHECKING:
    from .._wire.generated.hostfiles_requests import SyncRequest

Patterns = str | Iterable[str]


def sync_request(
    source: str,
    destination: str,
    *,
    excludes: Patterns,
    includes: Patterns,
    filters: Patterns,
    delete: bool,
    hardlinks: bool,
    link_source: bool,
    checksum: bool,
    allow_system_paths: bool,
) -> SyncRequest:
    """Return the request of a sync of checked paths."""
    switches = {
        "delete": delete,
        "hardlinks": hardlinks,
        "link_source": link_source,
        "checksum": checksum,
        "allow_system_paths": allow_system_paths,
    }
    for name, value in switches.items():
        yes_or_no(value, name)
    return {
        "source": source,
        "destination": destination,
        "filters": patterns(filters, "filters"),
        "includes": patterns(includes, "includes"),
        "excludes": patterns(excludes, "excludes"),
        "delete": delete,
        "hardlinks": hardlinks,
        "link_source": link_source,
        "checksum": checksum,
        "allow_system_paths": allow_system_paths,
    }


def local_destination(path: LocalPath) -> str:
    """Return an absolute path. A relative one may begin with ``..``; a ``/`` at the end stays."""
    absolute = local_path(path, "destination")
    if os.path.isabs(os.fsdecode(path)):
        return absolute
    normal = os.path.normpath(absolute)
    return os.path.join(normal, "") if absolute.endswith("/") else normal


def patterns(value: Patterns, name: str) -> list[str]:
    """Return rules as a list; a str is one rule."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, (bytes, bytearray)) or not isinstance(value, Iterable):
        raise InvalidArgument(f"{name} must be a list of str, not {type(value).__name__}")
    return [text(pattern, name) for pattern in value]
