"""What a script leaves behind: results to be saved, uploads to be deleted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from .._calls.shield import see_through
from .._errors import DockerError, PathNotFound

logger = logging.getLogger("ml_nexus_go")

# How long a cancelled task keeps saving results and deleting, in seconds.
_PATIENCE = 10.0


class Leavings:
    """The files of one script of a ScriptRunContext. Nothing here hides the error that led to it."""

    def __init__(self, context: Any, uploads: list[Path], result_dir: Path, target: Path) -> None:
        self.uploads = uploads
        self.started = False  # the script may have written results
        self.ended = False  # it has ended well
        self._context = context
        self._result_dir = result_dir
        self._target = target

    async def rescue(self, error: BaseException) -> None:
        """Save the results of a script that failed, and say in the error where they are."""
        hurried = not isinstance(error, Exception)
        if isinstance(error, DockerError) and error.details.get("may_still_run"):
            self._say(error, f"the script may still run: its results will be {self._where()}, its uploads stay")
            return
        if not self.started:
            await self.delete(self.uploads, hurried=hurried)
            return
        if self.ended:
            self._say(error, f"the script ended well, and its results are still {self._where()}")
            await self.delete(self.uploads, hurried=hurried)
            return
        deleted = list(self.uploads)
        if await self._download(error, hurried):
            deleted.append(self._result_dir)
        await self.delete(deleted, hurried=hurried)

    async def _download(self, error: BaseException, hurried: bool) -> bool:
        """Return whether the host's copy of the results is not needed any more."""
        outcome: list[BaseException | None] = []

        async def download() -> None:
            try:
                await self._context.download_remote(self._result_dir, self._target)
                outcome.append(None)
            except Exception as failure:
                outcome.append(failure)

        await see_through(download(), _PATIENCE, hurried)
        failure = outcome[0] if outcome else TimeoutError("there was no time for it")
        if failure is None:
            if _empty(self._target):
                with suppress(OSError):
                    self._target.rmdir()
                return True
            self._say(error, f"its results are in {self._target}", results=str(self._target))
            return True
        if isinstance(failure, PathNotFound) and not self._is_local(failure):
            return False  # the script did not get as far as making the folder
        self._say(error, f"its results are still {self._where()}: downloading them failed ({failure or failure!r})")
        return False

    async def delete(self, remotes: Iterable[Path], *, hurried: bool = False) -> asyncio.CancelledError | None:
        """Delete on the host; a failure is only a warning. Return the cancellation that came meanwhile."""

        async def one(remote: Path) -> None:
            try:
                await self._context.delete_remote(remote)
            except Exception as failure:
                logger.warning("%s is left %s: %s", remote, self._where(remote), failure or repr(failure))

        async def all_of_them() -> None:
            await asyncio.gather(*(one(remote) for remote in remotes))

        return await see_through(all_of_them(), _PATIENCE, hurried)

    def _is_local(self, failure: PathNotFound) -> bool:
        local = self._target.absolute()
        return Path(str(failure.filename)) in (local, *local.parents)

    def _where(self, remote: Path | None = None) -> str:
        remote = remote or self._result_dir
        shown = getattr(self._context.env, "shown_path", None)
        return f"in {remote}" if shown is None else str(shown(remote))

    def _say(self, error: BaseException, text: str, **details: str) -> None:
        details = details or {"remote_results": str(self._result_dir)}
        if isinstance(error, DockerError):
            error.message = f"{error.message} ({text})"
            error.args = (error.message,)
            error.details.update(details)
            return
        logger.warning("%s", text)
        if hasattr(error, "add_note"):
            error.add_note(text)


def _empty(folder: Path) -> bool:
    return folder.is_dir() and next(folder.iterdir(), None) is None
