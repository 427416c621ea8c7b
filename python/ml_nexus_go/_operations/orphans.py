"""Orphans: containers of programs that were killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _results
from .._arguments.checks import seconds
from .._errors import InvalidArgument
from .._wire.generated.methods import CONTAINER_MARKED_ORPHANS, CONTAINER_ORPHANS, CONTAINER_REAP
from .requests import Requests

if TYPE_CHECKING:
    from .._results.containers import Orphan
    from .._wire.generated import requests as wire
    from .._wire.generated.requests import ReapRequest


class Orphans(Requests):
    """Methods that find and end what killed programs left behind."""

    async def list_orphans(self) -> list[Orphan]:
        """Return the containers of attached runs whose program, on this machine, was killed.

        They still run, or should have been removed (``--rm``). Only proven orphans count
        (docs/surviving.md): never containers with ``-d``, of this client, or of a program
        that is alive or cannot be seen from here, nor one that has its labels from its image
        or was started again.
        """
        return [_orphan(row) for row in await self._call(CONTAINER_ORPHANS({}))]

    async def _list_marked_orphans(self, label: str) -> list[Orphan]:
        """Return, by the same proof, what killed programs left with a label of their own, ``-d`` or not."""
        return [_orphan(row) for row in await self._call(CONTAINER_MARKED_ORPHANS({"label": label}))]

    async def reap(self, *, older_than: float | None = None, dry_run: bool = False) -> list[Orphan]:
        """End orphans and return them: running ones are killed, those of ``--rm`` removed.

        Only those that were created more than ``older_than`` seconds ago. With
        ``dry_run``, nothing is ended.
        """
        if not isinstance(dry_run, bool):
            raise InvalidArgument(f"dry_run must be a bool, not {type(dry_run).__name__}")
        request: ReapRequest = {"dry_run": dry_run}
        if older_than:
            request["older_than"] = seconds(older_than, "older_than")
        return [_orphan(row) for row in await self._call(CONTAINER_REAP(request))]


def _orphan(row: wire.Orphan) -> Orphan:
    owner = row["owner"]
    return _results.containers.Orphan(
        row["container_id"],
        row["name"],
        row["image"],
        row["running"],
        row["remove"],
        row["created"],
        row["session"],
        owner["host"],
        owner["pid"],
        owner["start"],
        row["uid"],
    )
