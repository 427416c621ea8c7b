"""A container of a test, and when it is ready."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from .._arguments.checks import Command, Options
from .._calls.shield import ended
from .._clients.docker_client import DockerClient
from .._errors import CommandFailed, DockerError, InvalidArgument
from .._results.command import CommandResult
from .run import run_async

Check = Callable[["TestContainer"], Any]

_POLL = 0.1  # seconds, where the engine sends no event
_TAIL = 200  # lines


class ContainerNotReady(AssertionError):
    """A container ended, or was not ready in time. The message has the end of its log."""


@dataclass
class TestContainer:
    """A running container."""

    __test__ = False

    client: DockerClient
    name: str
    id: str
    image: str

    async def exec(self, command: Command, options: Options = None, **keywords: Any) -> CommandResult:
        """Run a command in it, as exec_container does."""
        return await self.client.exec_container(self.name, command, options, **keywords)

    async def logs(self, tail: int | None = None) -> str:
        """Return its log."""
        lines = [line async for line in self.client.container_logs(self.name, tail=tail)]
        return b"".join(lines).decode("utf-8", "replace")

    async def inspect(self) -> dict[str, Any]:
        """Return what ``docker inspect`` says."""
        return await self.client.inspect_container(self.name)

    async def port(self, number: int, protocol: str = "tcp") -> int:
        """Return the host's port to which a port of the container is published."""
        ports = (await self.inspect())["NetworkSettings"]["Ports"] or {}
        bindings = ports.get(f"{number}/{protocol}")
        if not bindings:
            raise InvalidArgument(f"port {number}/{protocol} of {self.name} is not published: add -p {number}")
        return int(bindings[0]["HostPort"])

    async def address(self) -> str:
        """Return its IP address in its first network."""
        networks = (await self.inspect())["NetworkSettings"]["Networks"]
        return next((str(each["IPAddress"]) for each in networks.values() if each.get("IPAddress")), "")

    def log_for_report(self) -> str:
        """The end of its log, or why there is none."""
        try:
            return run_async(self.logs, _TAIL)
        except DockerError as error:
            return f"(no log: {error})"


async def ready(
    container: TestContainer, *, port: int | None, log: Any, healthy: bool, check: Check | None, timeout: float
) -> None:
    """Wait until every requested condition holds for a container.

    Raises ContainerNotReady if it ends first, or after ``timeout`` seconds.
    """
    waits: dict[str, Coroutine[Any, Any, None]] = {}
    if port is not None:
        waits[f"port {port}"] = _port(container, port)
    if log is not None:
        pattern = re.compile(re.escape(log)) if isinstance(log, str) else log
        waits[f"log {log!r}"] = _log(container, pattern)
    if healthy:
        waits["its health check"] = _healthy(container)
    if check is not None:
        waits["the check"] = _check(container, check)
    if waits:
        await _first(container, " and ".join(waits), list(waits.values()), timeout)


async def _first(container: TestContainer, what: str, waits: list[Coroutine[Any, Any, None]], timeout: float) -> None:
    """Wait for all of these, or the end of the container, or the time limit."""
    all_ready = asyncio.gather(*waits)
    end = asyncio.ensure_future(container.client.wait_container(container.name))
    both: tuple[asyncio.Future[Any], ...] = (all_ready, end)
    try:
        await asyncio.wait(both, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if all_ready.done():
            all_ready.result()
            return
        why = f"ended with exit code {end.result()}" if end.done() else f"took longer than {timeout:g} s"
    finally:
        await ended(*both)
    log = await container.logs(_TAIL)
    raise ContainerNotReady(f"{container.image} {why}, before {what} was ready; its log:\n{log}")


async def _log(container: TestContainer, pattern: re.Pattern[str]) -> None:
    lines = container.client.container_logs(container.name, follow=True)
    try:
        async for line in lines:
            if pattern.search(line.decode("utf-8", "replace")):
                return
    finally:
        await lines.aclose()
    await asyncio.Event().wait()  # the container has ended: that is told elsewhere


async def _healthy(container: TestContainer) -> None:
    while True:
        health = (await container.inspect())["State"].get("Health")
        if not health or health["Status"] == "none":
            raise InvalidArgument(f"{container.image} has no health check: give one by --health-cmd")
        if health["Status"] == "healthy":
            return
        if health["Status"] == "unhealthy":
            last = (health.get("Log") or [{}])[-1].get("Output", "")
            raise ContainerNotReady(f"{container.image} is unhealthy: {last}")
        await asyncio.sleep(_POLL)


async def _port(container: TestContainer, number: int) -> None:
    """Look from the inside: no network between here and the host matters."""
    wanted = f":{number:04X}"
    while True:
        try:
            table = await container.exec(["cat", "/proc/net/tcp", "/proc/net/tcp6"], check=False)
        except CommandFailed as error:
            raise InvalidArgument(f"{container.image} has no cat, which wait_port needs: use wait_log") from error
        if table.exit_code in (126, 127):
            raise InvalidArgument(f"{container.image} has no cat, which wait_port needs: use wait_log or wait_for")
        rows = [line.split() for line in table.splitlines()]
        if any(len(row) > 3 and row[1].endswith(wanted) and row[3] == "0A" for row in rows):
            return
        await asyncio.sleep(_POLL)


async def _check(container: TestContainer, check: Check) -> None:
    while True:
        try:
            answer = check(container)
            if isawaitable(answer):
                answer = await answer
            if answer:
                return
        except (DockerError, OSError):  # not yet
            pass
        await asyncio.sleep(_POLL)
