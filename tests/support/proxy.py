"""A proxy of toxiproxy between a client and an sshd, which tests cut."""

from __future__ import annotations

import json
import socket
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from .bed import part
from .wait import DEADLINE


def kept_port(host: str = "127.0.0.1") -> socket.socket:
    """Return a socket with a port that nobody else gets as a free one, and that refuses connections.

    A program that sets SO_REUSEADDR, as those in Go do, may listen there meanwhile.
    """
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind((host, 0))
    return kept


def port_of(kept: socket.socket) -> int:
    """Return the port of a socket."""
    return int(kept.getsockname()[1])


class Proxy:
    """Leads to the testbed's sshd; ``config`` is an ssh config with the alias ``mlng`` for it.

    With ``upstream``, it leads to that HOST:PORT instead, by way of its ``port``.
    """

    def __init__(self, folder: Path, *more: str, upstream: str = "") -> None:
        sshd = part("sshd")
        self._api = str(part("toxiproxy")["api"])
        self._name = f"py-{uuid.uuid4().hex}"
        upstream = upstream or f"127.0.0.1:{sshd['port']}"
        self._port = kept_port()  # also while the proxy is cut
        self.port = port = port_of(self._port)
        self._post("/proxies", name=self._name, listen=f"127.0.0.1:{port}", upstream=upstream, enabled=True)
        lines = [
            "Host mlng",
            *more,
            "HostName 127.0.0.1",
            f"Port {port}",
            "User root",
            f"IdentityFile {sshd['key']}",
            "IdentitiesOnly yes",
            f"HostKeyAlias [127.0.0.1]:{sshd['port']}",
            f"UserKnownHostsFile {sshd['known_hosts']}",
        ]
        self.config = folder / f"config-{self._name}"
        self.config.write_text("\n  ".join(lines) + "\n")

    def cut(self) -> None:
        """End all connections and refuse new ones."""
        self._post(f"/proxies/{self._name}", enabled=False)

    def mend(self) -> None:
        """Let connections through again."""
        self._post(f"/proxies/{self._name}", enabled=True)

    def poison(self, stream: str, kind: str, **attributes: int) -> None:
        """Add a toxic of toxiproxy to the bytes that go ``upstream`` or ``downstream``."""
        toxic = {"name": f"{kind}-{stream}", "type": kind, "stream": stream, "attributes": attributes}
        self._post(f"/proxies/{self._name}/toxics", **toxic)

    def heal(self) -> None:
        """Remove all toxics."""
        for toxic in json.loads(self._send("GET", f"/proxies/{self._name}/toxics", None)):
            self._send("DELETE", f"/proxies/{self._name}/toxics/{toxic['name']}", None)

    def remove(self) -> None:
        """Remove the proxy."""
        self._send("DELETE", f"/proxies/{self._name}", None)
        self._port.close()

    def _post(self, path: str, **fields: Any) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._send("POST", path, fields))
        return answer

    def _send(self, method: str, path: str, fields: dict[str, Any] | None) -> bytes:
        data = None if fields is None else json.dumps(fields).encode()
        request = urllib.request.Request(self._api + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=DEADLINE) as response:
            content: bytes = response.read()
        return content
