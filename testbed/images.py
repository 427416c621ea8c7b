"""The images that every engine has; making them needs no image registry."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urlencode

from . import apt, golang, versions
from .cached import made
from .httpunix import get, request
from .log import say
from .paths import repo_root
from .root import is_root

PATH = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LABEL = f"LABEL ml-nexus-go.testbed={versions.IMAGES}"
PASSWD = """\
root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
worker:x:1000:1000:worker:/home/worker:/bin/sh
"""
GROUP = "root:x:0:\nnogroup:x:65534:\nworker:x:1000:\n"


class _Tar:
    """A root file system, made without files on disk."""

    def __init__(self, out: BinaryIO) -> None:
        self._tar = tarfile.TarFile(fileobj=out, mode="w")

    def folder(self, path: str, mode: int = 0o755, owner: int = 0) -> None:
        info = tarfile.TarInfo(path)
        info.type, info.mode, info.uid, info.gid = tarfile.DIRTYPE, mode, owner, owner
        self._tar.addfile(info)

    def file(self, path: str, data: bytes, mode: int = 0o644) -> None:
        info = tarfile.TarInfo(path)
        info.mode, info.size = mode, len(data)
        self._tar.addfile(info, io.BytesIO(data))

    def link(self, path: str, goal: str) -> None:
        info = tarfile.TarInfo(path)
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, goal, 0o777
        self._tar.addfile(info)

    def close(self) -> None:
        self._tar.close()


def _busybox_program() -> Path:
    """Return a static busybox; without root it is unpacked instead of installed."""
    if not apt.installed("busybox-static"):
        if not is_root():
            folder = made(f"busybox-{versions.IMAGES}", lambda partial: apt.extract(partial, "busybox-static"))
            return folder / "bin" / "busybox"
        apt.need("busybox-static")
    return Path("/bin/busybox")


def busybox(out: BinaryIO) -> None:
    """Write busybox's root file system as a tar."""
    program = _busybox_program()
    tar = _Tar(out)
    for folder in ("bin", "sbin", "usr", "usr/bin", "usr/sbin", "etc", "proc", "sys", "dev", "var", "home"):
        tar.folder(folder)
    tar.folder("root", 0o700)
    tar.folder("tmp", 0o1777)
    tar.folder("home/worker", 0o755, 1000)
    tar.file("bin/busybox", program.read_bytes(), 0o755)
    applets = subprocess.run([program, "--list-full"], capture_output=True, text=True, check=True).stdout
    for applet in applets.split():
        if applet != "bin/busybox":
            tar.link(applet, "/bin/busybox")
    tar.file("etc/passwd", PASSWD.encode())
    tar.file("etc/group", GROUP.encode())
    tar.close()


def _noshell_program() -> Path:
    return golang.build_local(f"noshell-{versions.IMAGES}", repo_root() / "testbed" / "noshell")


def _noshell(out: BinaryIO) -> None:
    tar = _Tar(out)
    tar.file("app", _noshell_program().read_bytes(), 0o755)
    tar.close()


def _badentry(out: BinaryIO) -> None:
    tar = _Tar(out)
    tar.folder("etc")
    tar.close()


@dataclass(frozen=True)
class Image:
    name: str
    fill: Callable[[BinaryIO], None]
    changes: tuple[str, ...]


IMAGES = (
    Image("mlng-busybox", busybox, (PATH, 'CMD ["sh"]')),
    Image("mlng-noshell", _noshell, (PATH, 'CMD ["/app","true"]')),
    Image("mlng-badentry", _badentry, (PATH, 'ENTRYPOINT ["/does-not-exist"]')),
)


def present(socket: str, image: str) -> bool:
    """Return whether the engine has the image, in this version of the testbed."""
    wanted = urlencode({"filters": f'{{"reference":["{image}:latest"],"label":["{LABEL.partition(" ")[2]}"]}}'})
    return bool(get(socket, f"/images/json?{wanted}"))


def load(socket: str, image: Image) -> None:
    """Import one image if the engine does not have it."""
    if present(socket, image.name):
        return
    with tempfile.TemporaryFile() as spool:
        body = cast(BinaryIO, spool)
        image.fill(body)
        spool.seek(0)
        import_stream(socket, image.name, body, image.changes)


def import_stream(socket: str, name: str, body: BinaryIO, changes: tuple[str, ...]) -> None:
    """Make an image from a root file system's tar stream."""
    query = [("fromSrc", "-"), ("repo", name), ("tag", "latest"), *(("changes", c) for c in (*changes, LABEL))]
    say(f"importing {name}")
    request(socket, "POST", f"/images/create?{urlencode(query)}", body, timeout=600)


def prepare() -> None:
    """Make what the images are made of, so that several engines can load them at the same time."""
    _busybox_program()
    _noshell_program()


def load_all(socket: str) -> None:
    for image in IMAGES:
        load(socket, image)
