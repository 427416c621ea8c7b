"""What operations on volumes return."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .documents import engine_time, public
from .tables import Shown


@public
@dataclass(frozen=True)
class Volume(Shown):
    """A volume, as the engine describes it.

    ``created`` is None where the volume's driver does not say it. ``scope`` is ``"local"``
    (the engine's host) or ``"global"``. ``raw`` is the engine's own document.
    """

    _columns = ("name", "driver", "mountpoint", "created")

    name: str
    driver: str
    mountpoint: str
    created: datetime | None
    scope: str
    labels: dict[str, str]
    options: dict[str, str]
    raw: dict[str, Any] = field(repr=False)


@public
@dataclass(frozen=True)
class VolumePruning:
    """The volumes that a prune removed (with ``dry_run``: would remove), and their size in bytes."""

    volumes: tuple[str, ...]
    reclaimed: int


def volume_of(raw: dict[str, Any]) -> Volume:
    """Return the view of an engine's document."""
    return Volume(
        name=raw["Name"],
        driver=raw["Driver"],
        mountpoint=raw.get("Mountpoint") or "",
        created=engine_time(raw.get("CreatedAt")),
        scope=raw.get("Scope") or "",
        labels=dict(raw.get("Labels") or {}),
        options=dict(raw.get("Options") or {}),
        raw=raw,
    )
