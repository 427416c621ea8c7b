"""What the ssh config says about a host, by ``ssh -G`` as the client asks it."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from .step import FAIL, OK, WARN, Step

STEP = "ssh config"
_PATIENCE = 10.0  # seconds; Match exec may run commands
_SYSTEM = "/etc/ssh/ssh_config"


@dataclass(frozen=True)
class SSHHost:
    """Where ssh goes for a destination."""

    hostname: str
    port: int
    user: str
    identities: tuple[str, ...]  # files that exist
    jumps: tuple[str, ...]
    proxy_command: str
    family: str  # any, inet or inet6
    connect_timeout: float | None  # seconds


class NoSuchHost(Exception):
    """The ssh config gives no host, as a step says."""

    def __init__(self, step: Step) -> None:
        super().__init__(step.message)
        self.step = step


async def ask(destination: str, config: str | None) -> SSHHost:
    """Return what the config says about ``[user@]host[:port]``. Raises NoSuchHost."""
    ssh = shutil.which("ssh")
    if ssh is None:
        message = (
            "this machine has no ssh, so the client reads the ssh config itself, and name and port are not checked "
            "on their own: install openssh-client"
        )
        raise NoSuchHost(Step(STEP, WARN, message))
    pipe = asyncio.subprocess.PIPE
    words = [ssh, "-G", *_file(config), "--", f"ssh://{destination}"]
    asked = await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe)
    try:
        out, problems = await asyncio.wait_for(asked.communicate(), _PATIENCE)
    except (asyncio.TimeoutError, TimeoutError):
        message = f"ssh -G gave no answer within {_PATIENCE:g} s: look for a Match exec that hangs"
        raise NoSuchHost(Step(STEP, FAIL, message)) from None
    finally:
        if asked.returncode is None:
            asked.kill()
            await asked.wait()
    if asked.returncode:
        said = problems.decode("utf-8", "replace").strip()
        raise NoSuchHost(Step(STEP, FAIL, f"ssh does not accept its config for {destination}: {said}"))
    return parse(out.decode("utf-8", "replace"))


def parse(text: str) -> SSHHost:
    """Return what ``ssh -G`` has printed."""
    values: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        values.setdefault(name.lower(), []).append(value)

    def one(name: str) -> str:
        value = values.get(name, [""])[0]
        return "" if value == "none" else value

    paths = (os.path.expanduser(path.strip('"')) for path in values.get("identityfile", ()))
    timeout = one("connecttimeout")
    return SSHHost(
        hostname=one("hostname"),
        port=int(one("port") or 22),
        user=one("user"),
        identities=tuple(path for path in paths if os.path.exists(path)),
        jumps=tuple(jump for jump in one("proxyjump").split(",") if jump),
        proxy_command=one("proxycommand"),
        family=one("addressfamily") or "any",
        connect_timeout=float(timeout) if timeout.isdecimal() and int(timeout) else None,
    )


def described(host: SSHHost) -> Step:
    """Return the step that tells what the config says."""
    words = [f"{host.user}@{host.hostname} port {host.port}"]
    if host.jumps:
        words.append(f"over the jump host {' and '.join(host.jumps)}")
    if host.proxy_command:
        words.append(f"through {host.proxy_command}")
    words.append("keys: " + (", ".join(host.identities) or "none but those of an agent"))
    return Step(STEP, OK, ", ".join(words))


def _file(config: str | None) -> list[str]:
    """Return the option for the file. ssh looks into the home of the passwd file, the client into $HOME."""
    if config is not None:
        return ["-F", config]
    home = os.environ.get("HOME", "")
    if not home or home == _passwd_home():
        return []
    files = (str(Path(home, ".ssh", "config")), _SYSTEM)
    return ["-F", next(filter(os.path.exists, files), "none")]


def _passwd_home() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return ""
