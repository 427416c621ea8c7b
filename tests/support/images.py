"""Images that nobody else has."""

from __future__ import annotations

import io
import os
import tarfile
import urllib.parse

from testbed import httpunix

from .bed import Engine


def import_image(engine: Engine, reference: str, size: int = 100_000, changes: tuple[str, ...] = ()) -> None:
    """Make an image with one layer, which has one file of random bytes."""
    content = os.urandom(size)
    body = io.BytesIO()
    with tarfile.TarFile(fileobj=body, mode="w") as tar:
        info = tarfile.TarInfo("random")
        info.size = size
        tar.addfile(info, io.BytesIO(content))
    body.seek(0)
    repository, _, tag = reference.rpartition(":")
    query = [("fromSrc", "-"), ("repo", repository), ("tag", tag), *(("changes", change) for change in changes)]
    httpunix.request(engine.socket, "POST", f"/images/create?{urllib.parse.urlencode(query)}", body)


def commit_layer(engine: Engine, container: str, base: str, reference: str, text: str) -> None:
    """Make an image from another one, plus a file /layer with a text and some random bytes."""
    script = f"echo {text} > /layer; head -c 200000 /dev/urandom > /random-{text}"
    engine.docker("run", "--name", container, base, "sh", "-c", script)
    engine.docker("commit", "-c", 'CMD ["cat","/layer"]', container, reference)
    engine.docker("rm", container)


def has_image(engine: Engine, reference: str) -> bool:
    """Return whether the engine itself reports the image."""
    return engine.docker("image", "inspect", reference, check=False).returncode == 0
