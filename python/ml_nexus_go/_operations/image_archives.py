"""Images as archives: save, load and import."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from typing import TYPE_CHECKING

from .. import _results
from .._arguments.checks import LocalPath, local_path, option_words, text
from .._calls.stdin import BytesLike, StdinSource
from .._display.image_progress import ImageProgressCallback
from .._display.progress import ProgressCallback
from .._errors import InvalidArgument
from .._wire.generated.methods import IMAGE_IMPORT, IMAGE_LOAD, IMAGE_SAVE, IMAGE_TRANSFER
from .image_transfers import ImageTransfers
from .images import Images

if TYPE_CHECKING:
    from .._results.images import TransferResult
    from .._wire.generated.images import ImportRequest, LoadRequest, SaveRequest

ArchiveSource = LocalPath | BytesLike | AsyncIterable[bytes]


class Archives(Images, ImageTransfers):
    """Methods that move images as tar archives. Memory stays flat.

    ``on_progress`` is called with a Progress for the archive's bytes, and with what the
    engine reports about layers; ``progress=True`` draws that if stderr is a terminal (it
    needs rich).
    """

    async def save_image(
        self,
        images: str | Iterable[str],
        path: LocalPath,
        *,
        platform: str | None = None,
        on_progress: ProgressCallback | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> int:
        """Write images with their names and all layers to a local file; return its size in bytes.

        The file appears under ``path`` when it is complete; only its owner may read it.
        ``platform`` selects one of several (API 1.48). Raises ImageNotFound,
        PathNotFound, PermissionDenied, OperationTimeout after ``timeout`` seconds.
        """
        request = IMAGE_SAVE({**_save_request(images, platform), "path": local_path(path, "path")})
        return (await self._transfer_image(request, on_progress, progress, timeout))["bytes"]

    def stream_image(self, images: str | Iterable[str], *, platform: str | None = None) -> AsyncGenerator[bytes, None]:
        """Yield what save_image writes, as it arrives. A slow reader slows the engine.

        The archive is complete when the iteration ends by itself, not by an error.
        """
        return self._read_bytes(IMAGE_SAVE(_save_request(images, platform)))

    async def load_image(
        self,
        source: ArchiveSource,
        *,
        platform: str | None = None,
        on_progress: ImageProgressCallback | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> list[str]:
        """Load images from a local file (a path), bytes or an asynchronous iterable of bytes.

        Returns their names, and the IDs of those without one. The archive may be
        compressed. Raises PathNotFound; InvalidArgument if it is not an archive of images;
        what the iterable raises. A truncated archive loads nothing.
        """
        request: LoadRequest = {"platform": None if platform is None else text(platform, "platform")}
        content = _content(source)
        if content is None:
            request["path"] = local_path(source, "source")  # type: ignore[arg-type]
        return (await self._transfer_image(IMAGE_LOAD(request), on_progress, progress, timeout, content))["images"]

    async def import_image(
        self,
        source: ArchiveSource,
        tag: str | None = None,
        *,
        changes: str | Iterable[str] = (),
        message: str | None = None,
        platform: str | None = None,
        on_progress: ProgressCallback | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> str:
        """Make an image of a tar archive of files, as ``docker import`` does, and return its ID.

        The archive is a local file (a path), bytes or an asynchronous iterable of bytes; it may
        be compressed. ``tag`` is the image's name, which it gets when it is complete. ``changes`` are instructions of a
        Dockerfile (``'CMD ["sh"]'``), and ``message`` is kept in its history. The platform is the
        engine's own unless ``platform`` names another.

        Raises PathNotFound; InvalidArgument if it is no complete archive, or a change is wrong; what the iterable
        raises. Nothing is imported twice: ConnectionLost says that there may be an image without
        a name. Cancelling leaves no image, except for one without a name where the engine takes
        more than 10 s to end.
        """
        request: ImportRequest = {
            "tag": None if tag is None else text(tag, "tag"),
            "changes": option_words(changes, "changes"),
            "message": None if message is None else text(message, "message"),
            "platform": None if platform is None else text(platform, "platform"),
        }
        content = _content(source)
        if content is None:
            request["path"] = local_path(source, "source")  # type: ignore[arg-type]
        made = await self._transfer_image(IMAGE_IMPORT(request), on_progress, progress, timeout, content)
        return made["id"]

    async def transfer_image(
        self,
        ref: str,
        to: Archives,
        *,
        on_progress: ImageProgressCallback | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> TransferResult:
        """Move an image to another client's engine, without a registry.

        If that engine has the image, nothing is moved. Layers that it has are not sent:
        meanwhile, the image's archive is kept in a temporary file on this machine
        (in TMPDIR, else /var/tmp). From an engine with the older store to one with
        containerd's, an image is sent whole. Raises ImageNotFound, and what load_image
        raises.
        """
        if not isinstance(to, Archives):
            raise InvalidArgument(f"to must be a DockerClient, not {type(to).__name__}")
        handle = await to._shared_handle()
        if handle is None:
            await to.load_image(self.stream_image(ref), on_progress=on_progress, progress=progress, timeout=timeout)
            return _results.images.TransferResult(ref, (await to.image_inspect(ref))["Id"])
        request = IMAGE_TRANSFER({"image": text(ref, "ref"), "to": handle})
        made = await self._transfer_image(request, on_progress, progress, timeout)
        return _results.images.TransferResult(
            made["image"], made["id"], made["bytes"], made["layers"], made["reused"], made["present"]
        )


def _save_request(images: str | Iterable[str], platform: str | None) -> SaveRequest:
    names = [images] if isinstance(images, str) else list(images)
    if not names:
        raise InvalidArgument("images is empty: name an image")
    return {
        "images": [text(name, "images") for name in names],
        "platform": None if platform is None else text(platform, "platform"),
    }


def _content(source: object) -> StdinSource | None:
    """Return what to send; None for a path, which Go reads. ``bytes`` are content."""
    if isinstance(source, (bytes, bytearray, memoryview, AsyncIterable)):
        return source
    if isinstance(source, (str, os.PathLike)):
        return None
    raise InvalidArgument(
        f"source must be a path, bytes or an asynchronous iterable of bytes, not {type(source).__name__}"
    )
