"""Containers as images and as archives: commit and export."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable

from .._arguments.checks import LocalPath, local_path, option_words, text, yes_or_no
from .._display.progress import ProgressCallback
from .._wire.generated.methods import CONTAINER_COMMIT, CONTAINER_EXPORT
from .image_transfers import ImageTransfers


class ContainerImages(ImageTransfers):
    """Methods that keep the files of a container, running or not. Volumes are not part of them."""

    async def commit_container(
        self,
        container: str,
        image: str | None = None,
        *,
        author: str | None = None,
        message: str | None = None,
        pause: bool = True,
        changes: str | Iterable[str] = (),
    ) -> str:
        """Make an image of a container's files, as ``docker commit`` does, and return its ID.

        ``image`` is its name. ``changes`` are instructions of a Dockerfile ("ENV A=b").
        The container is paused meanwhile unless ``pause`` is False.

        Nothing is committed twice: ConnectionLost says that there may be an image without a
        name. Cancelling leaves no image, except for one without a name where the engine
        takes more than 10 s to end.
        """
        yes_or_no(pause, "pause")
        request = CONTAINER_COMMIT(
            {
                "container": text(container, "container"),
                "image": None if image is None else text(image, "image"),
                "author": None if author is None else text(author, "author"),
                "message": None if message is None else text(message, "message"),
                "no_pause": not pause,
                "changes": option_words(changes, "changes"),
            }
        )
        return (await self._call(request))["id"]

    async def export_container(
        self,
        container: str,
        path: LocalPath,
        *,
        on_progress: ProgressCallback | None = None,
        progress: bool = False,
        timeout: float | None = None,
    ) -> int:
        """Write a container's files to a local tar archive; return its bytes.

        The file appears under ``path`` when it is complete; only its owner may read it.
        Raises ContainerNotFound, PathNotFound, PermissionDenied, OperationTimeout after
        ``timeout`` seconds.
        """
        request = CONTAINER_EXPORT({"container": text(container, "container"), "path": local_path(path, "path")})
        return (await self._transfer_image(request, on_progress, progress, timeout))["bytes"]

    def stream_container(self, container: str) -> AsyncGenerator[bytes, None]:
        """Yield what export_container writes, as it comes. A slow reader slows the engine.

        The archive is complete when the iteration ends by itself, not by an error.
        """
        return self._read_bytes(CONTAINER_EXPORT({"container": text(container, "container")}))
