"""An engine that answers pings, and nothing else."""

from __future__ import annotations

import http.server
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class _Hanging(http.server.BaseHTTPRequestHandler):
    def address_string(self) -> str:
        return "client"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Api-Version", "1.44")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        if self.path.endswith("/_ping"):
            self.do_HEAD()
        else:
            self.rfile.read()  # until the client leaves


@contextmanager
def hanging_engine(folder: Path) -> Iterator[str]:
    """Yield the address of such an engine."""
    path = folder / "s"
    with _Server(str(path), _Hanging) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"unix://{path}"
        finally:
            server.shutdown()
            thread.join()
