"""Clients that an event loop shares: one connection for each host and loop."""

from __future__ import annotations

import asyncio
import atexit
import threading
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._abi.loop_end import LoopEnd
from .._abi.loops import LoopQueue
from .._arguments.checks import Options
from .._arguments.environ import Environ
from .._arguments.shell_text import expanded
from .connect import LocalDockerClient, RemoteDockerClient, connect
from .docker_client import DockerClient
from .engine import EngineClient, EnginePlace
from .session import owner
from .target import LOCAL_NAMES

if TYPE_CHECKING:
    from .._wire.generated.bridge import ReserveResult

_LOOKED_AT = ("DOCKER_", "SSH_", "XDG_", "HOME")


class Place:
    """Where a client goes: a target, the keywords of connect(), and the environment now."""

    def __init__(self, target: str | None, options: Mapping[str, Any] | None = None) -> None:
        name = "" if target in LOCAL_NAMES else target
        self.environ = Environ((options or {}).get("environ"))
        self.options = {**(options or {}), "environ": self.environ.opened()}
        # The arguments are checked where they are given, not at the first use.
        probe = connect(name, **self.options)
        self.remote = isinstance(probe, RemoteDockerClient)
        self.name = name or ""
        seen = {key: value for key, value in self.options["environ"].items() if key.startswith(_LOOKED_AT)}
        others = {key: value for key, value in self.options.items() if key != "environ"}
        self.key = (self.name, repr(sorted(seen.items())), repr(sorted(others.items())))


class _LoopClients:
    """The connections that are used in one loop. They are closed when it ends."""

    def __init__(self) -> None:
        self.clients: dict[tuple[str, ...], EngineClient] = {}
        self.end = LoopEnd(self.close)

    def close(self) -> None:
        clients, self.clients = self.clients, {}
        for client in clients.values():
            client.close_now()


_lock = threading.Lock()
_loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopClients] = weakref.WeakKeyDictionary()


def connection(place: Place) -> EngineClient:
    """Return the running loop's connection to a place."""
    loop = asyncio.get_running_loop()
    clients = _loops.get(loop) or _clients_of(loop)
    client = clients.clients.get(place.key)
    if client is None:
        made = connect(place.name, **place.options)
        assert isinstance(made, EngineClient)
        client = clients.clients[place.key] = made
    return client


def _clients_of(loop: asyncio.AbstractEventLoop) -> _LoopClients:
    with _lock:
        for other in [other for other in _loops if other.is_closed()]:
            _loops.pop(other).end.now()
        clients = _loops[loop] = _LoopClients()
        return clients


@atexit.register
def _close_all() -> None:
    """Close what is left: loops that never ended."""
    for clients in list(_loops.values()):
        clients.close()


class SharedClient(EngineClient):
    """A view of the connection that the running loop has to a place.

    Options are text that a shell used to read: variables in them are replaced.
    It may be made outside any loop and used in one after the other. Closing it closes
    only the view: the connection serves others, and ends with its loop.
    """

    def __init__(self, place: Place) -> None:
        super().__init__({"target": place.name, "environ": {}, "owner": owner()}, environ=place.environ)
        self._place = place

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.target!r}{' closed' if self._closed else ''}>"

    async def _ready(self) -> tuple[LoopQueue, int]:
        if self._closed:
            raise self._closed_error()
        return await connection(self._place)._ready()

    def _option_words(self, options: Options) -> list[str]:
        # ml_nexus's clients gave options to a shell.
        return expanded(options, self._environ.now())

    def _made_with(self) -> dict[str, str]:
        return connection(self._place)._made_with()

    def _place_of(self, held: ReserveResult) -> EnginePlace:
        return SharedPlace(connection(self._place)._request, self._environ, held)

    async def aclose(self) -> None:
        """Close this view. May be repeated."""
        self._closed = True


class SharedPlace(EnginePlace):
    """A place of a SharedClient's fleet."""

    def _option_words(self, options: Options) -> list[str]:
        return expanded(options, self._environ.now())


class SharedLocalDockerClient(SharedClient, LocalDockerClient):
    """A LocalDockerClient that shares its connection."""


class SharedRemoteDockerClient(SharedClient, RemoteDockerClient):
    """A RemoteDockerClient that shares its connection."""


def shared_client(target: str | None = None, options: Mapping[str, Any] | None = None) -> DockerClient:
    """Return a client of the running loop's connection to a target.

    ``options`` are keywords of connect(). Raises InvalidArgument as connect() does.
    """
    place = Place(target, options)
    return SharedRemoteDockerClient(place) if place.remote else SharedLocalDockerClient(place)
