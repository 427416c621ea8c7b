"""Run a script with files: uploaded before, its results downloaded after."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from shlex import quote
from typing import Any

from .._errors import InvalidArgument
from .._results.ml_nexus import foreign
from ._leavings import Leavings
from ._mounts import at_home
from ._tasks import all_of

Transfer = Callable[[Path, Path], Awaitable[Any]]


@dataclass
class ScriptRunResult:
    """``result_path`` is the local folder with what the script left in $RUN_RESULT_DIR."""

    run_id: str
    result_path: Path


@dataclass
class ScriptRunContext:
    """Runs scripts that read $UPLOAD_0, $UPLOAD_1... and write to $RUN_RESULT_DIR."""

    random_remote_path: Callable[[], Path]
    upload_remote: Transfer
    delete_remote: Callable[[Path], Awaitable[Any]]
    download_remote: Transfer
    local_download_path: Path
    env: Any

    preparation: Callable[[], Awaitable[Any]] | None = None
    _upload_mapping: dict[Path, Path] = field(default_factory=dict)

    @property
    def upload_mapping(self) -> dict[Path, Path]:
        """Local paths and where they go in the container."""
        return self._upload_mapping

    def with_upload(self, *local_paths: Any, uploads: dict[Path, Path] | None = None) -> Any:
        """Return a context that uploads more: paths, lists of them, or pairs of paths."""
        mapping = dict(self._upload_mapping)
        for local in _paths(local_paths):
            suffix = "" if local.is_dir() else local.suffix
            mapping[local] = self.random_remote_path() / f"{uuid.uuid4().hex[:8]}{suffix}"
        mapping.update(uploads or {})
        return replace(self, _upload_mapping=mapping)

    async def run_script(self, script: str) -> Any:
        """Upload, run, download the results; return a ScriptRunResult.

        Uploads are deleted afterwards, and results once they were downloaded. Those of a
        failing script are downloaded too. The error says where they are: in its message, and
        in ``details`` as ``results`` (a local folder) or ``remote_results`` (a path in the
        container). After a cancellation, which has no message, the log says so. A script that
        may still run keeps its uploads.
        """
        detached = getattr(self.env, "detached", None)
        if detached is not None and await detached():
            raise InvalidArgument(
                "results come at the end of a script: leave -d out of docker_options for a run_context"
            )
        if self.preparation is not None:
            await self.preparation()
        placed = getattr(self.env, "placed", None)
        if placed is None:
            return await self._run(script)
        async with placed() as env:  # of a fleet: its files and its script are on one node
            return await self._at(env)._run(script)

    def _at(self, env: Any) -> Any:
        """This context on an environment at a place."""
        if env is self.env:
            return self
        fields = {"local_download_path": self.local_download_path, "_upload_mapping": self._upload_mapping}
        return replace(env.run_context(), **fields)

    async def _run(self, script: str) -> Any:
        run_id = f"{datetime.now():%Y%m%d%H%M%S}-{uuid.uuid4().hex[:6]}"
        target = at_home(self.local_download_path) / run_id
        target.parent.mkdir(parents=True, exist_ok=True)
        result_dir = self.random_remote_path()
        leavings = Leavings(self, list(self._upload_mapping.values()), result_dir, target)
        try:
            await all_of(partial(self.upload_remote, *paths) for paths in self._upload_mapping.items())
            leavings.started = True
            await self.env.run_script(_exports(result_dir, leavings.uploads) + script)
            leavings.ended = True
            await self.download_remote(result_dir, target)
        except BaseException as error:
            await leavings.rescue(error)
            raise
        cancelled = await leavings.delete([*leavings.uploads, result_dir])
        if cancelled is not None:
            raise cancelled
        made = foreign("ml_nexus.project_structure", "ScriptRunResult") or ScriptRunResult
        return made(run_id=run_id, result_path=target)


def _exports(result_dir: Path, remotes: list[Path]) -> str:
    folder = quote(str(result_dir))
    lines = [f"mkdir -p {folder}", f"export RUN_RESULT_DIR={folder}"]
    lines += [f"export UPLOAD_{i}={quote(str(remote))}" for i, remote in enumerate(remotes)]
    return "\n".join(["", *lines, ""])


def _paths(value: Any) -> list[Path]:
    if isinstance(value, (str, Path)):
        return [Path(value)]
    if isinstance(value, (list, tuple)):
        return [path for part in value for path in _paths(part)]
    raise InvalidArgument(f"an upload is a path or a list of paths, not {type(value).__name__}")


def context_class() -> type[ScriptRunContext]:
    """Return ScriptRunContext; if ml_nexus was imported, a subclass that is also its class."""
    base = foreign("ml_nexus.project_structure", "ScriptRunContext")
    return ScriptRunContext if not isinstance(base, type) else _combined(base)


@cache
def _combined(base: type) -> type[ScriptRunContext]:
    return type("ScriptRunContext", (ScriptRunContext, base), {"__doc__": ScriptRunContext.__doc__})
