"""A remote host for the contenders: the testbed's sshd, with or without latency.

toxiproxy delays both directions by half the round trip. All contenders reach the same
engine: the sshd gives sessions a DOCKER_HOST.
"""

from __future__ import annotations

import asyncio
import json
import os
import urllib.request
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ml_nexus_go import connect
from testbed import load_state

from .kit import ENGINE, Kit, Place, open_kit

ALIAS = "mlng-bench-host"
SSH = "/usr/bin/ssh"


@contextmanager
def delayed(host: str, port: int, milliseconds: int) -> Iterator[tuple[str, int]]:
    """Yield where a host's port is reached with that round trip: there itself for 0."""
    if milliseconds == 0:
        yield host, port
        return
    api = load_state()["toxiproxy"]["api"]
    name = f"bench-{uuid.uuid4().hex[:12]}"
    made = _ask(f"{api}/proxies", {"name": name, "listen": "127.0.0.1:0", "upstream": f"{host}:{port}"})
    try:
        for stream in ("upstream", "downstream"):
            toxic = {"type": "latency", "stream": stream, "attributes": {"latency": milliseconds // 2}}
            _ask(f"{api}/proxies/{name}/toxics", toxic)
        yield "127.0.0.1", int(made["listen"].rpartition(":")[2])
    finally:
        _ask(f"{api}/proxies/{name}", None, "DELETE")


def _ask(url: str, body: dict[str, Any] | None, method: str = "POST") -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, method=method)) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def _write_home(folder: Path, sshd: dict[str, Any], host: str, port: int) -> Path:
    """Write what a user would have: an ssh config, known hosts, and an ssh that uses them.

    docker-py and aiodocker read them below HOME; ssh does not, and gets them as options.
    """
    ssh = folder / ".ssh"
    ssh.mkdir(mode=0o700)
    known = ssh / "known_hosts"
    keys = [" ".join(Path(path).read_text().split()[:2]) for path in sshd["host_keys"]]
    known.write_text("".join(f"[{host}]:{port} {key}\n" for key in keys))
    config = ssh / "config"
    config.write_text(
        f"Host {ALIAS} {host}\n  HostName {host}\n  Port {port}\n  User {sshd['user']}\n"
        f"  IdentityFile {sshd['key']}\n  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {known}\n  GlobalKnownHostsFile /dev/null\n"
    )
    shim = folder / "bin" / "ssh"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {SSH} -F {config} "$@"\n')
    shim.chmod(0o755)
    return config


@contextmanager
def _environment(home: Path) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(HOME=str(home), PATH=f"{home / 'bin'}:{before['PATH']}")
    os.environ.pop("SSH_AUTH_SOCK", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@asynccontextmanager
async def _forwarded_socket(config: Path, folder: Path) -> AsyncIterator[str]:
    """Let ssh forward a local socket to the engine's, for docker's own Go client."""
    local = folder / "engine.sock"
    forward = f"{local}:{load_state()[ENGINE]['socket']}"
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        SSH, "-F", str(config), "-L", forward, ALIAS, "echo ready; cat", stdin=pipe, stdout=pipe
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if await process.stdout.readline() != b"ready\n":  # ssh listens before it opens the session
            raise RuntimeError("ssh -L does not forward")
        yield str(local)
    finally:
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def remote_kit(milliseconds: int, part: str = "sshd-login") -> AsyncIterator[Kit]:
    """Contenders that reach the engine over SSH, with that round trip, by a part of the testbed."""
    sshd = load_state()[part]
    reached = delayed(sshd["host"], sshd["port"], milliseconds)
    with TemporaryDirectory(prefix="mlng-bench-") as name, reached as (host, port):
        home = Path(name)
        config = _write_home(home, sshd, host, port)
        with _environment(home):
            async with _forwarded_socket(config, home) as socket:
                url = f"ssh://{sshd['user']}@{host}:{port}"
                place = Place(url, (SSH, "-F", str(config), ALIAS, "docker"), socket, str(config))
                async with open_kit(place, connect(ALIAS, ssh_config=config)) as kit:
                    yield kit
