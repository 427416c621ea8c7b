"""mlng-debian: a small Debian with bash, in every running engine."""

from __future__ import annotations

import shutil
from pathlib import Path

from . import apt, images, state, versions
from .cached import made
from .errors import TestbedError
from .httpunix import pings, request
from .log import say
from .part import Part
from .process import run
from .state import Entry

NAME = "mlng-debian"
SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"


def _tarball() -> Path:
    """Return the root file system, made by debootstrap the first time (about a minute)."""
    return made(f"debian-{SUITE}-{versions.IMAGES}.tar", _bootstrap)


def _bootstrap(tarball: Path) -> None:
    apt.need("debootstrap")
    say(f"making {SUITE} with debootstrap (about a minute)")
    root = tarball.with_suffix(".root")
    shutil.rmtree(root, ignore_errors=True)
    try:
        run(["debootstrap", "--variant=minbase", "--include=bash", SUITE, str(root), MIRROR])
        shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
        run(["tar", "--numeric-owner", "--exclude=./dev/*", "-C", str(root), "-cf", str(tarball), "."])
    finally:
        shutil.rmtree(root, ignore_errors=True)


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
