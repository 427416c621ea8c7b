"""Images as archives: save and load."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from typing import Any

from ._arguments import LocalPath, local_path, seconds, text, without_none
from ._errors import InvalidArgument
from ._image_progress import ImageProgressCallback, image_listener
from ._image_results import TransferResult
from ._images import Images
from ._progress import ProgressCallback
from ._stdin import BytesLike, StdinSource

ArchiveSource = LocalPath | BytesLike | AsyncIterable[bytes]


class Archives(Images):
    """Methods that move images as the tar archives of ``docker save``. Memory stays flat."""

    async def save_image(
        self,
        images: str | Iterable[str],
        path: LocalPath,
        *,
        platform: str | None = None,
        on_progress: ProgressCallback | None = None,
        timeout: float | None = None,
    ) -> int:
        """Write images with their names and all layers to a local file; return its bytes.

        The file appears under ``path`` when it is complete; only its owner may read it.
        ``platform`` takes that one of several (API 1.48). Raises ImageNotFound,
        PathNotFound, PermissionDenied, OperationTimeout after ``timeout`` seconds.
        """
        request = _save_request(images, platform)
        request["path"] = local_path(path, "path")
        request["progress"] = on_progress is not None
        limit = seconds(timeout, "timeout")
        result = await self._watch(b"image.save", request, limit, image_listener(on_progress))
        return int(result["bytes"])

    async def stream_image(
        self, images: str | Iterable[str], *, platform: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Yield what save_image writes, as it comes. A slow reader slows the engine.

        The archive is complete when the iteration ends by itself, not by an error.
        """
        reading = self._read_bytes(b"image.save", _save_request(images, platform))
        try:
            async for chunk in reading:
                yield chunk
        finally:
            await reading.aclose()

    async def load_image(
        self,
        source: ArchiveSource,
        *,
        platform: str | None = None,
        on_progress: ImageProgressCallback | None = None,
        timeout: float | None = None,
    ) -> list[str]:
        """Load images from a local file (a path), bytes or an asynchronous iterable of bytes.

        Returns their names, and the IDs of those without one. The archive may be
        compressed. ``on_progress`` gets a Progress for the bytes sent, and what the engine
        tells of the layers. Raises PathNotFound; InvalidArgument where it is no archive
        of images; what the iterable raises. An archive that is cut off loads nothing.
        """
        request: dict[str, Any] = without_none(
            platform=None if platform is None else text(platform, "platform"), progress=on_progress is not None
        )
        limit = seconds(timeout, "timeout")
        listener = image_listener(on_progress)
        content = _content(source)
        if content is None:
            request["path"] = local_path(source, "source")  # type: ignore[arg-type]
            result = await self._watch(b"image.load", request, limit, listener)
        else:
            result = await self._send_bytes(b"image.load", request, content, limit, listener)
        return list(result["images"])

    async def transfer_image(
        self,
        ref: str,
        to: Archives,
        *,
        on_progress: ImageProgressCallback | None = None,
        timeout: float | None = None,
    ) -> TransferResult:
        """Move an image to the engine of another client, without a registry.

        Nothing is moved where that engine has the image. Layers that it has are not sent:
        the archive of the image is kept meanwhile in a temporary file of this machine
        (in TMPDIR, else /var/tmp). Where both engines keep images in different ways
        (containerd's store and the older one), an image that comes from the older one is
        sent whole. Raises ImageNotFound, and what load_image raises.
        """
        if not isinstance(to, Archives):
            raise InvalidArgument(f"to must be a DockerClient, not {type(to).__name__}")
        limit = seconds(timeout, "timeout")
        handle = await to._shared_handle()
        if handle is None:
            await to.load_image(self.stream_image(ref), on_progress=on_progress, timeout=limit)
            return TransferResult(ref, (await to.image_inspect(ref))["Id"])
        request = {"image": text(ref, "ref"), "to": handle, "progress": on_progress is not None}
        result = await self._watch(b"image.transfer", request, limit, image_listener(on_progress))
        return TransferResult(*(result[name] for name in ("image", "id", "bytes", "layers", "reused", "present")))


def _save_request(images: str | Iterable[str], platform: str | None) -> dict[str, Any]:
    names = [images] if isinstance(images, str) else list(images)
    if not names:
        raise InvalidArgument("images is empty: name an image")
    return without_none(
        images=[text(name, "images") for name in names],
        platform=None if platform is None else text(platform, "platform"),
    )


def _content(source: object) -> StdinSource | None:
    """Return what is sent; None for a path, which Go reads. ``bytes`` are content."""
    if isinstance(source, (bytes, bytearray, memoryview, AsyncIterable)):
        return source
    if isinstance(source, (str, os.PathLike)):
        return None
    raise InvalidArgument(
        f"source must be a path, bytes or an asynchronous iterable of bytes, not {type(source).__name__}"
    )
