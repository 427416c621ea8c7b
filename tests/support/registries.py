"""Registries: logins to the testbed's, and stand-ins that answer instead of one."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from .bed import part
from .ends import cut

Answer = Callable[["Request"], tuple[int, dict[str, str], bytes] | None]


class Request(NamedTuple):
    """A request of the engine."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def registry_host() -> str:
    """Return the address at which engines reach this machine."""
    return str(part("registry")["address"]).partition(":")[0]


def _trusted() -> tuple[Path, Path]:
    folder = Path(part("registry-auth")["ca"]).parent
    return folder / "server.pem", folder / "server.key"


@asynccontextmanager
async def stand_in(answer: Answer) -> AsyncIterator[str]:
    """Serve TLS that the engines trust; yield HOST:PORT. For None, it never answers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*_trusted())

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _read(reader):
                given = answer(request)
                if given is None:
                    await reader.read()
                    break
                status, headers, body = given
                lines = [f"HTTP/1.1 {status} x", f"Content-Length: {len(body)}"]
                lines += [f"{name}: {value}" for name, value in headers.items()]
                writer.write("\r\n".join([*lines, "", ""]).encode() + (b"" if request.method == "HEAD" else body))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            cut(writer)

    server = await asyncio.start_server(serve, registry_host(), 0, ssl=context)
    try:
        yield f"{registry_host()}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body)


class ThrowAway:
    """A real registry for one test, over TLS that the engines trust."""

    def __init__(self, folder: Path, port: int) -> None:
        self.address = f"{registry_host()}:{port}"
        certificate, key = _trusted()
        config = {
            "version": "0.1",
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
            "http": {"addr": self.address, "tls": {"certificate": str(certificate), "key": str(key)}},
        }
        path = folder / "registry.yml"
        path.write_text(json.dumps(config))
        self._process = subprocess.Popen(
            ["docker-registry", "serve", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()


def docker_config(folder: Path, config: dict[str, object]) -> dict[str, str]:
    """Write docker's settings; return the environment that names them."""
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    return {"DOCKER_CONFIG": str(folder), "PATH": os.environ["PATH"]}


def auth(user: str, password: str) -> str:
    """Return a login in the form of docker's settings."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def add_helper(folder: Path, environ: dict[str, str], user: str, password: str) -> None:
    """Put docker-credential-mlngtest on PATH: it knows one login, and stores what it gets until it is erased."""
    kept = folder / "kept.json"
    kept.write_text(json.dumps({"Username": user, "Secret": password}))
    program = folder / "docker-credential-mlngtest"
    program.write_text(
        f"""#!/bin/sh
case $1 in
get) cat "{kept}" 2>/dev/null || {{ echo "credentials not found in native keychain"; exit 1; }} ;;
store) cat > "{kept}" ;;
erase) rm -f "{kept}" ;;
*) exit 1 ;;
esac
""",
        encoding="utf-8",
    )
    program.chmod(0o755)
    environ["PATH"] = f"{folder}:{environ['PATH']}"
