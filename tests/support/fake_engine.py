"""An engine that lies, to send what no real engine would send."""

from __future__ import annotations

import base64
import http.server
import io
import json
import socketserver
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDER = 1 << 31  # of Go's os.FileMode


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Return a tar archive of these members, good or evil."""
    out = io.BytesIO()
    with tarfile.TarFile(fileobj=out, mode="w") as tar:
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def member(
    name: str, data: bytes = b"evil", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    """One member of an archive."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, 0o755 if kind == tarfile.DIRTYPE else 0o644
    return info, data if kind == tarfile.REGTYPE else b""


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    body = b""
    stat = ""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def address_string(self) -> str:
        return "client"

    def handle(self) -> None:
        with suppress(ConnectionError):  # a client may leave at any time
            super().handle()

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_GET(self) -> None:
        if self.path.endswith("/_ping"):
            self._answer(b"OK")
        elif self.path.endswith("/containers/box/json"):
            self._answer(json.dumps({"Id": "box", "Name": "/box", "State": {"Running": True}}).encode())
        else:
            self._answer(self.server.body)

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Api-Version", "1.44")
        self.send_header("Ostype", "linux")
        self.send_header("X-Docker-Container-Path-Stat", self.server.stat)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def lying_engine(folder: Path, body: bytes, *, is_folder: bool = True) -> Iterator[str]:
    """Yield the address of an engine whose containers all have this archive at /src."""
    path = folder / "s"
    with _Server(str(path), _Handler) as server:
        mode = FOLDER | 0o755 if is_folder else 0o644
        stat = {"name": "src", "size": 1, "mode": mode, "mtime": "2020-01-01T00:00:00Z", "linkTarget": ""}
        server.body, server.stat = body, base64.b64encode(json.dumps(stat).encode()).decode()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"unix://{path}"
        finally:
            server.shutdown()
            thread.join()
