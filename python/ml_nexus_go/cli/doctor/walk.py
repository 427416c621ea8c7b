"""The walk: one step after the other, up to the first that makes the rest impossible."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from ... import DockerClient, DockerError, connect
from ..._clients.target import address as address_of
from ..._wire.generated.methods import SYSTEM_HOST_FACTS
from . import connection, host, network, ssh_config
from .network import Address
from .ssh_config import NoSuchHost, SSHHost
from .step import FAIL, OK, WARN, Step, failure_of

_MOST_JUMPS = 16
# An engine that works hard describes itself later than it answers.
_PATIENCE = 3  # connect_timeouts


class Walk:
    """Walks from a target's name to its GPUs. ``client`` has not been used yet."""

    def __init__(self, client: DockerClient, target: str, config: str | None, connect_timeout: float) -> None:
        self._client = client
        self._target = target
        self._address = address_of(target, os.environ)
        self._config = config
        self._timeout = connect_timeout
        self._host: SSHHost | None = None

    async def steps(self) -> AsyncIterator[Step]:
        """Yield each step as soon as it is done."""
        async for step in self._before_the_client():
            yield step
            if step.failed:
                return
        with connection.warnings_of_client() as warnings:
            problem = await self._ping()
            found = self._host or (_UNKNOWN_HOST if self._over_ssh else None)
            for step in connection.steps(problem, warnings, found):
                yield step
        if connection.logged_in(problem):
            async for step in self._beyond(engine=problem is None):
                yield step

    @property
    def _over_ssh(self) -> bool:
        return self._address.startswith("ssh://")

    async def _check_target(self) -> Step:
        """Return the step about the target. Opening a client uses no network."""
        try:
            async with connect(self._target, ssh_config=self._config) as client:
                await client._shared_handle()
        except DockerError as error:
            return failure_of("target", error)
        return Step("target", OK, self._address or "docker's default socket")

    async def _before_the_client(self) -> AsyncIterator[Step]:
        step = await self._check_target()
        yield step
        if step.failed:
            return
        if self._over_ssh:
            try:
                self._host = await ssh_config.ask(urlsplit(self._address).netloc, self._config)
                yield ssh_config.described(self._host)
                first = await self._first_hop(self._host)
            except NoSuchHost as none:
                yield none.step
                return
        else:
            first = self._tcp()
        if first is None:
            return
        step, addresses = await network.resolve(first, self._timeout)
        yield step
        if addresses:
            yield await network.reach(first, addresses, self._timeout)

    async def _first_hop(self, to: SSHHost) -> Address | None:
        """Return where this machine connects to: the host, or the first of its jump hosts. None for a ProxyCommand."""
        role = ""
        for _ in range(_MOST_JUMPS):
            if not to.jumps:
                break
            role = f"the jump host {to.jumps[0]}"
            to = await ssh_config.ask(to.jumps[0].removeprefix("ssh://"), self._config)
        if to.connect_timeout is not None:
            self._timeout = min(self._timeout, to.connect_timeout)
        return None if to.proxy_command or to.jumps else Address(to.hostname, to.port, "sshd", to.family, role)

    def _tcp(self) -> Address | None:
        parts = urlsplit(self._address)
        try:
            known = parts.scheme == "tcp" and parts.hostname and parts.port
        except ValueError:  # the client says what is wrong with it
            known = None
        return Address(str(parts.hostname), parts.port or 0, "the engine") if known else None

    async def _ping(self) -> DockerError | None:
        try:
            await self._client.ping()
        except DockerError as error:
            return error
        return None

    async def _beyond(self, engine: bool) -> AsyncIterator[Step]:
        info = None
        if engine:
            step, info = await self._described()
            yield step
            if step.failed:
                return
        asked = time.time()
        try:
            path = str(info.get("DockerRootDir") or "/") if info else "/"
            facts = await self._client._call(SYSTEM_HOST_FACTS({"path": path}))
        except DockerError as error:
            if engine:
                yield Step("host", WARN, f"what is on the host is not known: {error.message}", type(error).__name__)
            return
        answered = time.time()
        if engine and self._over_ssh:
            yield host.forwarding(facts)
        if engine or facts["reached"]:
            yield host.storage(info, facts)
        moment = host.clock(info, facts, asked, answered)
        if moment is not None:
            yield moment
        if self._over_ssh and facts["reached"]:
            yield host.rsync(facts)
        if info is not None:
            yield host.runtimes(info, facts)
        if engine or facts["reached"]:
            yield host.gpus(info, facts)

    async def _described(self) -> tuple[Step, dict[str, Any] | None]:
        """Return the step about versions, and what the engine says about itself."""
        limit = _PATIENCE * self._timeout
        try:
            version = await asyncio.wait_for(self._client.version(), limit)
            return host.versions(version), await asyncio.wait_for(self._client.info(), limit)
        except DockerError as error:
            return failure_of("versions", error), None
        except (asyncio.TimeoutError, TimeoutError):
            message = (
                f"the engine answers, but did not describe itself within {limit:g} s (docker info): it is "
                "overloaded, or hangs. Look into its log (journalctl -u docker), and restart it"
            )
            return Step("versions", FAIL, message), None


_UNKNOWN_HOST = SSHHost("the host", 0, "the user of the ssh config", (), (), "", "any", None)
