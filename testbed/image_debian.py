"""mlng-debian: a small Debian with bash, in every running engine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from . import apt, images, state, versions
from .errors import TestbedError
from .httpunix import pings, request
from .log import say
from .part import Part
from .paths import cache_dir
from .process import run
from .state import Entry

NAME = "mlng-debian"
SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"


def _tarball() -> Path:
    """Return the root file system, made by debootstrap the first time (about a minute)."""
    target = cache_dir() / f"debian-{SUITE}-{versions.IMAGES}.tar"
    if target.exists():
        return target
    apt.need("debootstrap")
    say(f"making {target.name} with debootstrap (about a minute)")
    root = target.with_suffix(".root")
    shutil.rmtree(root, ignore_errors=True)
    try:
        run(["debootstrap", "--variant=minbase", "--include=bash", SUITE, str(root), MIRROR])
        shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
        partial = target.with_suffix(".partial")
        run(["tar", "--numeric-owner", "--exclude=./dev/*", "-C", str(root), "-cf", str(partial), "."])
        os.replace(partial, target)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return target


def load(socket: str) -> None:
    """Import the image, if the engine does not have it."""
    if not images.present(socket, NAME):
        with open(_tarball(), "rb") as body:
            images.import_stream(socket, NAME, body, (images.PATH, 'CMD ["bash"]'))


class ImageDebian(Part):
    def up(self, parts: dict[str, Entry]) -> Entry:
        _tarball()
        for socket in filter(pings, _sockets(parts)):
            load(socket)
        return {"kind": "image", "name": f"{NAME}:latest"}

    def healthy(self, entry: Entry) -> bool:
        return all(images.present(socket, NAME) for socket in filter(pings, _sockets(state.load())))

    def down(self) -> None:
        for socket in filter(pings, _sockets(state.load())):
            try:
                request(socket, "DELETE", f"/images/{NAME}:latest?force=1")
            except TestbedError as err:
                # Containers of a test may still use it; then it goes with the engine.
                say(str(err))


def _sockets(parts: dict[str, Entry]) -> list[str]:
    return [entry["socket"] for entry in parts.values() if entry["kind"] == "engine"]
