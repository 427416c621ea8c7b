"""toxiproxy: latency, bandwidth and cut connections; tests make their own proxies through its HTTP API."""

from __future__ import annotations

import http.client
import socket

from . import binaries, process
from .part import Part
from .state import Entry


class Toxiproxy(Part):
    def up(self, parts: dict[str, Entry]) -> Entry:
        program = binaries.toxiproxy()
        folder = self.make_folder()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port: int = probe.getsockname()[1]
        pid = process.spawn(
            [str(program), "-host", "127.0.0.1", "-port", str(port)],
            folder=folder, name="toxiproxy", env={"LOG_LEVEL": "warn"},
        )  # fmt: skip
        process.wait_ready(pid, lambda: _answers(port), what=self.name, log=folder / "toxiproxy.log")
        return {"kind": "toxiproxy", "api": f"http://127.0.0.1:{port}", "pid": pid}

    def healthy(self, entry: Entry) -> bool:
        running = bool(process.recorded(self.folder / "toxiproxy.pid"))
        return running and _answers(int(entry["api"].rpartition(":")[2]))

    def down(self) -> None:
        process.end(self.folder / "toxiproxy.pid", seconds=5)
        super().down()


def _answers(port: int) -> bool:
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        conn.request("GET", "/version")
        return conn.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        conn.close()
