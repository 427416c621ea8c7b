"""Debian's image registry, at the host's address on the testbed's bridge: the same for engines and host."""

from __future__ import annotations

import http.client
import json
import shutil
import ssl
from typing import Any

from . import apt, cleanup, net, process, tls
from .log import say
from .part import Part
from .paths import data_dir
from .state import Entry

USER, PASSWORD = "mlng", "mlng-password"


class Registry(Part):
    """Plain HTTP at port 5000, or TLS and a password at port 5443."""

    def __init__(self, name: str, *, auth: bool) -> None:
        super().__init__(name)
        self._auth = auth
        self._port = 5443 if auth else 5000

    def up(self, parts: dict[str, Entry]) -> Entry:
        apt.need("docker-registry", "iproute2", "openssl", *(("apache2-utils",) if self._auth else ()))
        folder = self.make_folder()
        address = f"{net.host_address()}:{self._port}"
        entry: Entry = {"kind": "registry", "address": address, "url": f"{self._scheme}://{address}"}
        if self._auth:
            hashed = process.run(["htpasswd", "-Bbn", USER, PASSWORD])
            (folder / "htpasswd").write_text(hashed)
            entry.update(username=USER, password=PASSWORD, ca=str(tls.ensure() / "ca.pem"))
        # JSON is YAML.
        (folder / "config.yml").write_text(json.dumps(self._config(address), indent=2) + "\n")
        say(f"starting {self.name}")
        pid = process.spawn(
            ["docker-registry", "serve", str(folder / "config.yml")], folder=folder, name="registry"
        )  # fmt: skip
        process.wait_ready(pid, lambda: self._answers(address), what=self.name, log=folder / "registry.log")
        entry["pid"] = pid
        return entry

    def healthy(self, entry: Entry) -> bool:
        return bool(process.recorded(self.folder / "registry.pid")) and self._answers(entry["address"])

    def down(self) -> None:
        process.end(self.folder / "registry.pid", seconds=5)
        shutil.rmtree(data_dir() / self.name, ignore_errors=True)
        cleanup.remove_if_empty(data_dir())
        super().down()

    @property
    def _scheme(self) -> str:
        return "https" if self._auth else "http"

    def _config(self, address: str) -> dict[str, Any]:
        server: dict[str, Any] = {"addr": address, "secret": "mlng-upload-state"}
        config: dict[str, Any] = {
            "version": "0.1",
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {
                "filesystem": {"rootdirectory": str(data_dir() / self.name)},
                "delete": {"enabled": True},
                "cache": {"blobdescriptor": "inmemory"},
            },
            "http": server,
        }
        if self._auth:
            server["tls"] = {"certificate": str(tls.folder() / "server.pem"), "key": str(tls.folder() / "server.key")}
            config["auth"] = {"htpasswd": {"realm": "mlng", "path": str(self.folder / "htpasswd")}}
        return config

    def _answers(self, address: str) -> bool:
        conn: http.client.HTTPConnection
        if self._auth:
            context = ssl.create_default_context(cafile=str(tls.folder() / "ca.pem"))
            conn = http.client.HTTPSConnection(address, timeout=5, context=context)
        else:
            conn = http.client.HTTPConnection(address, timeout=5)
        try:
            conn.request("GET", "/v2/")
            return conn.getresponse().status == (401 if self._auth else 200)
        except (OSError, http.client.HTTPException):
            return False
        finally:
            conn.close()
