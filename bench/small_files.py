"""A small file of a container, read into memory."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .kit import Kit
from .line import AIODOCKER, DOCKER_PY, OURS, TODAY, Contender

ONE_KILOBYTE = os.urandom(1 << 10)
SMALL = "/etc/one-kilobyte"


@asynccontextmanager
async def small_file(kit: Kit) -> AsyncIterator[None]:
    """Write a file of 1 KB into the container."""
    await kit.ours.write_file(kit.box, SMALL, ONE_KILOBYTE)
    yield


async def _ours_read(kit: Kit) -> None:
    assert await kit.ours.read_file(kit.box, SMALL) == ONE_KILOBYTE


async def _today_read(kit: Kit) -> None:
    assert await kit.today("exec", kit.box, "cat", SMALL) == ONE_KILOBYTE


def _docker_py_read(kit: Kit) -> None:
    chunks, _ = kit.box_py.get_archive(SMALL)
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        assert _content(tar) == ONE_KILOBYTE


async def _aiodocker_read(kit: Kit) -> None:
    with await kit.box_aio.get_archive(SMALL) as tar:
        assert _content(tar) == ONE_KILOBYTE


def _content(tar: tarfile.TarFile) -> bytes:
    file = tar.extractfile(SMALL.rpartition("/")[2])
    assert file is not None
    return file.read()


READ: dict[str, Contender] = {
    OURS: _ours_read, TODAY: _today_read, DOCKER_PY: _docker_py_read, AIODOCKER: _aiodocker_read,
}  # fmt: skip
