"""Images in the engine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .. import _results
from .._arguments.checks import Filters, filter_values, text, yes_or_no
from .._arguments.times import Moment, moment
from .._wire.generated.methods import (
    IMAGE_EXISTS,
    IMAGE_HISTORY,
    IMAGE_INSPECT,
    IMAGE_LIST,
    IMAGE_PRUNE,
    IMAGE_REMOVE,
    IMAGE_TAG,
)
from .requests import Requests

if TYPE_CHECKING:
    from .._results.images import ImagePruning, ImageRemoval
    from .._wire.generated.images import PruneImagesRequest


class Images(Requests):
    """Methods about images. An image is named by a reference or its ID."""

    async def image_exists(self, image: str) -> bool:
        """Return whether the engine has an image."""
        return (await self._call(IMAGE_EXISTS({"image": text(image, "image")})))["exists"]

    async def list_images(self) -> list[dict[str, Any]]:
        """Return the rows of ``docker images --format '{{json .}}'``."""
        rows: list[dict[str, Any]] = await self._call(IMAGE_LIST({}))
        return rows

    async def tag_image(self, src: str, dst: str) -> None:
        """Give an image another reference. Raises ImageNotFound, InvalidArgument."""
        await self._call(IMAGE_TAG({"source": text(src, "src"), "destination": text(dst, "dst")}))

    async def remove_image(self, image: str, *, force: bool = False, no_prune: bool = False) -> ImageRemoval:
        """Remove a reference, and the image with its last one.

        Raises ImageNotFound, and Conflict while a container uses it.
        """
        request = IMAGE_REMOVE({"image": text(image, "image"), "force": force, "no_prune": no_prune})
        result = await self._call(request)
        return _results.images.ImageRemoval(list(result.get("untagged") or ()), list(result.get("deleted") or ()))

    async def image_inspect(self, image: str, *, manifests: bool = False) -> dict[str, Any]:
        """Return the engine's ``GET /images/{name}/json``. Raises ImageNotFound.

        ``manifests`` adds what the engine has of each platform (API 1.48).
        """
        request = IMAGE_INSPECT({"image": text(image, "image"), "manifests": manifests})
        result: dict[str, Any] = await self._call(request)
        return result

    async def image_history(self, image: str, *, no_trunc: bool = False, human: bool = True) -> list[dict[str, Any]]:
        """Return the rows of ``docker history --format '{{json .}}'``, newest layer first.

        ``no_trunc`` returns whole commands and IDs; without ``human``, sizes are bytes and
        times timestamps. Raises ImageNotFound.
        """
        yes_or_no(human, "human")
        request = IMAGE_HISTORY({"image": text(image, "image"), "no_trunc": no_trunc, "raw": not human})
        rows: list[dict[str, Any]] = await self._call(request)
        return rows

    async def prune_images(
        self,
        *,
        dangling: bool = True,
        all: bool = False,  # noqa: A002 - docker's word
        label: str | Iterable[str] = (),
        not_label: str | Iterable[str] = (),
        until: Moment | None = None,
        filters: Filters = None,
        dry_run: bool = False,
    ) -> ImagePruning:
        """Remove unused images, as ``docker image prune`` does.

        Those are images without a name; with ``all`` (docker's ``-a``), or ``dangling=False``,
        all that no container uses. ``label`` and ``not_label`` are ``NAME`` or
        ``NAME=VALUE``; ``until`` is a time or an age ("24h"). The same may be given as
        ``filters``. Those of docker's settings (``pruneFilters``) apply too. This waits while the
        engine prunes for somebody else; after ConnectionLost nothing is asked for a second time.

        ``dry_run`` removes nothing. It does not know which layers build cache has, too: they
        stay on the disk, but are named and counted all the same. With containerd's store it counts only what
        an image shares with no other one.
        """
        yes_or_no(dry_run, "dry_run")
        yes_or_no(dangling, "dangling")
        yes_or_no(all, "all")
        request: PruneImagesRequest = {
            "all": all or not dangling,
            "labels": _labels(label, "label"),
            "not_labels": _labels(not_label, "not_label"),
            "until": None if until is None else moment(until, "until"),
            "filters": filter_values(filters),
            "dry_run": dry_run,
        }
        result = await self._call(IMAGE_PRUNE(request))
        return _results.images.ImagePruning(result["untagged"], result["deleted"], result["reclaimed"])


def _labels(value: str | Iterable[str], name: str) -> list[str]:
    return [text(label, name) for label in ([value] if isinstance(value, str) else value)]
