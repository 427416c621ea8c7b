"""Files in containers."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ._arguments import LocalPath, container_path, local_path, seconds, text
from ._call import EventListener
from ._client import Requests
from ._result import CopyResult, Progress

ProgressCallback = Callable[[Progress], object]


class Files(Requests):
    """Methods that copy by the rules of ``docker cp``.

    A source that ends in ``/.`` means a folder's content; a destination that ends in
    ``/`` must be a folder. ``-`` is a name like any other. Local relative paths start at
    the working directory. ``on_progress`` is called as the copy goes on.
    """

    async def copy_to_container(
        self,
        src: LocalPath,
        container: str,
        dst: str | os.PathLike[str],
        *,
        archive: bool = False,
        follow_link: bool = False,
        on_progress: ProgressCallback | None = None,
        timeout: float | None = None,
    ) -> CopyResult:
        """Copy a local file or folder into a container, running or not.

        Owners and groups are kept by number, as with docker cp; with ``archive`` (its
        ``-a``) everything belongs to the user whom the container is configured with, if
        any. ``follow_link`` copies what a symlink points to. Raises PathNotFound, ContainerNotFound, PermissionDenied, OperationTimeout
        after ``timeout`` seconds.
        """
        request = {
            "source": local_path(src, "src"),
            "container": text(container, "container"),
            "destination": container_path(dst, "dst"),
            **_ways(archive, follow_link, on_progress),
        }
        limit = seconds(timeout, "timeout")
        result = await self._watch(b"container.copy_to", request, limit, _listener(on_progress))
        return CopyResult(result["bytes"], result["files"])

    async def copy_from_container(
        self,
        container: str,
        src: str | os.PathLike[str],
        dst: LocalPath,
        *,
        archive: bool = False,
        follow_link: bool = False,
        on_progress: ProgressCallback | None = None,
        timeout: float | None = None,
    ) -> CopyResult:
        """Copy a file or folder out of a container. Nothing is written outside of ``dst``.

        ``archive`` keeps owner and group, which takes the right to give files away;
        without it everything belongs to the caller. Other keywords and errors as for
        copy_to_container.
        """
        request = {
            "container": text(container, "container"),
            "source": container_path(src, "src"),
            "destination": local_path(dst, "dst"),
            **_ways(archive, follow_link, on_progress),
        }
        limit = seconds(timeout, "timeout")
        result = await self._watch(b"container.copy_from", request, limit, _listener(on_progress))
        return CopyResult(result["bytes"], result["files"])

    async def mkdir_in_container(self, container: str, path: str | os.PathLike[str]) -> None:
        """Make a folder and its parents in a container; an existing folder is fine."""
        request = {"container": text(container, "container"), "path": container_path(path, "path")}
        await self._call(b"container.mkdir", request)


def _ways(archive: bool, follow_link: bool, on_progress: ProgressCallback | None) -> dict[str, Any]:
    return {"archive": archive, "follow_link": follow_link, "progress": on_progress is not None}


def _listener(on_progress: ProgressCallback | None) -> EventListener | None:
    if on_progress is None:
        return None
    callback = on_progress

    def listen(event: dict[str, Any]) -> None:
        if event.get("event") == "progress":
            callback(Progress(event["done"], event["total"], event["files"]))

    return listen
