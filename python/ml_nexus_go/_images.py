"""Images in the engine."""

from __future__ import annotations

from typing import Any

from ._arguments import text
from ._client import Requests
from ._result import ImageRemoval


class Images(Requests):
    """Methods about images. An image is named by a reference or its ID."""

    async def image_exists(self, image: str) -> bool:
        """Return whether the engine has an image."""
        return bool((await self._call(b"image.exists", {"image": text(image, "image")}))["exists"])

    async def list_images(self) -> list[dict[str, Any]]:
        """Return the rows of ``docker images --format '{{json .}}'``."""
        rows: list[dict[str, Any]] = await self._call(b"image.list", {})
        return rows

    async def tag_image(self, src: str, dst: str) -> None:
        """Give an image another reference. Raises ImageNotFound, InvalidArgument."""
        await self._call(b"image.tag", {"source": text(src, "src"), "destination": text(dst, "dst")})

    async def remove_image(self, image: str, *, force: bool = False, no_prune: bool = False) -> ImageRemoval:
        """Remove a reference, and the image with its last one.

        Raises ImageNotFound, and Conflict while a container uses it.
        """
        request = {"image": text(image, "image"), "force": force, "no_prune": no_prune}
        result = await self._call(b"image.remove", request)
        return ImageRemoval(list(result.get("untagged") or ()), list(result.get("deleted") or ()))
