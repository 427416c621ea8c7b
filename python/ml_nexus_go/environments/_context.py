"""Run a script with files: uploaded before, its results downloaded after."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Any

from .._errors import InvalidArgument
from .._ml_nexus import foreign
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

    def with_upload(self, *local_paths: Any, uploads: dict[Path, Path] | None = None) -> ScriptRunContext:
        """Return a context that uploads more: paths, lists of them, or path by path."""
        mapping = dict(self._upload_mapping)
        for local in _paths(local_paths):
            suffix = "" if local.is_dir() else local.suffix
            mapping[local] = self.random_remote_path() / f"{uuid.uuid4().hex[:8]}{suffix}"
        mapping.update(uploads or {})
        return replace(self, _upload_mapping=mapping)

    async def run_script(self, script: str) -> ScriptRunResult:
        """Upload, run, download the results, and delete what was uploaded, come what may."""
        if self.preparation is not None:
            await self.preparation()
        run_id = f"{datetime.now():%Y%m%d%H%M%S}-{uuid.uuid4().hex[:6]}"
        result_dir = self.random_remote_path()
        remotes = list(self._upload_mapping.values())
        try:
            await all_of(partial(self.upload_remote, *paths) for paths in self._upload_mapping.items())
            await self.env.run_script(_exports(result_dir, remotes) + script)
            target = self.local_download_path / run_id
            target.parent.mkdir(parents=True, exist_ok=True)
            await self.download_remote(result_dir, target)
        finally:
            await all_of(partial(self.delete_remote, remote) for remote in (*remotes, result_dir))
        return ScriptRunResult(run_id=run_id, result_path=target)


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


def context_class() -> Any:
    """ScriptRunContext, ml_nexus's own where it was imported."""
    return foreign("ml_nexus.project_structure", "ScriptRunContext") or ScriptRunContext
