"""HTTP to an engine's socket, with the standard library."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any, BinaryIO

from .errors import TestbedError


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def request(path: str, method: str, target: str, body: BinaryIO | None = None, timeout: float = 120) -> bytes:
    """Return the answer's body; raise TestbedError with the engine's message for a status of 400 or above."""
    conn = _Connection(path, timeout)
    try:
        headers = {"Content-Type": "application/x-tar", "Transfer-Encoding": "chunked"} if body else {}
        conn.request(method, target, body=body, headers=headers, encode_chunked=body is not None)
        answer = conn.getresponse()
        data = answer.read()
    except (OSError, http.client.HTTPException) as err:
        raise TestbedError(f"{method} {target} at {path}: {err}") from err
    finally:
        conn.close()
    if answer.status >= 400:
        raise TestbedError(f"{method} {target} at {path}: {answer.status} {data.decode(errors='replace').strip()}")
    return data


def get(path: str, target: str, timeout: float = 10) -> Any:
    """Return the answer's JSON."""
    return json.loads(request(path, "GET", target, timeout=timeout))


def pings(path: str) -> bool:
    """Return whether an engine answers at the socket."""
    try:
        return request(path, "GET", "/_ping", timeout=5) == b"OK"
    except TestbedError:
        return False
