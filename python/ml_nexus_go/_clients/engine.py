"""The client over the shared library."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, cast

from .. import _results
from .._abi import observing
from .._abi.json import decode
from .._arguments.checks import yes_or_no
from .._arguments.environ import Environ
from .._calls.byte_streams import read_bytes, send_bytes
from .._calls.call import call, watched_call
from .._calls.delivery import OutputCallbacks
from .._calls.event_lines import read_events
from .._calls.execution import Launch
from .._calls.forwarding import Forwarding, begin
from .._calls.kinds import logger
from .._calls.logs import read_log, read_tagged_log
from .._calls.operation import EventListener
from .._calls.process import ContainerProcess, start
from .._calls.reserving import reserve
from .._calls.run import run_to_end
from .._calls.samples import read_stats
from .._calls.stdin import StdinSource, first_part
from .._display.masking import masked_text, program_of
from .._errors import DockerError
from .._results.command import CommandResult
from .._results.output import LogLine
from .._wire.method import Request
from .docker_client import Place
from .lifetime import ClientLifetime
from .target import is_fleet

if TYPE_CHECKING:
    from .._results.events import Event
    from .._results.fleet import Reservation
    from .._results.stats import ContainerStats
    from .._wire.generated import requests as wire
    from .._wire.generated.bridge import Nothing, ReserveResult
    from .._wire.generated.registry import OpenRequest

R = TypeVar("R")


class EngineClient(ClientLifetime):
    """A DockerClient that submits to the library. It connects on first use."""

    def _made_with(self) -> dict[str, str]:
        """The environment that the connection was made with."""
        return self._request["environ"]

    def _environ_named_by(self, options: Sequence[str], *more: str) -> dict[str, str | None]:
        return self._environ.named_by(self._made_with(), options, *more)

    def _environ_changed(self, *more: str) -> dict[str, str | None]:
        return self._environ.changed(self._made_with(), *more)

    async def _call(self, request: Request[R]) -> R:
        queue, handle = await self._ready()
        return cast("R", decode(await call(queue, handle, request)))

    async def _watch(self, request: Request[R], timeout: float | None, listener: EventListener | None) -> R:
        queue, handle = await self._ready()
        watched = watched_call(queue, handle, request, timeout=timeout, listener=listener)
        return cast("R", decode(await watched))

    async def _run(
        self,
        request: Request[wire.CommandResult],
        subject: str,
        stdin: StdinSource | None,
        callbacks: OutputCallbacks,
        check: bool,
        listener: EventListener | None = None,
    ) -> CommandResult:
        callbacks.check()
        yes_or_no(check, "check")
        blob, rest = first_part(stdin)
        if rest is not None or (stdin is not None and not blob):
            request.fields["stdin"] = True
        queue, handle = await self._ready()
        launch = self._launch(handle, request, blob, subject)
        if rest is None and "stdin" in request.fields:
            rest = b""  # an empty stdin: EOF at once
        return await run_to_end(queue, launch, rest, callbacks, check, listener)

    async def _start(
        self,
        request: Request[wire.CommandResult],
        subject: str,
        stdin: bool | None,
        limit: int,
        listener: EventListener | None = None,
    ) -> ContainerProcess:
        if stdin is None:
            request.fields["stdin_by_options"] = True
        elif stdin:
            request.fields["stdin"] = True
        queue, handle = await self._ready()
        launch = self._launch(handle, request, b"", subject)
        return await start(queue, launch, self._call, bool(stdin), limit, listener)

    def _launch(self, handle: int, request: Request[wire.CommandResult], blob: bytes, subject: str) -> Launch:
        command = request.fields.get("command", "")
        program = program_of(command) if isinstance(command, str) else masked_text("".join(command[:1]))
        return Launch(handle, request, blob, self.target, subject, program)

    async def _forward(self, request: Request[Nothing]) -> Forwarding:
        queue, handle = await self._ready()
        return await begin(queue, handle, request)

    @property
    def _is_fleet(self) -> bool:
        return is_fleet(self.target)

    def _reserve(
        self, request: Request[ReserveResult], listener: EventListener | None
    ) -> AbstractAsyncContextManager[Place]:
        return _Reserving(self, request, listener)

    def _place_of(self, held: ReserveResult) -> EnginePlace:
        return EnginePlace(self._request, self._environ, held)

    def _read_log(self, request: Request[Nothing], streams: frozenset[int]) -> AsyncGenerator[bytes, None]:
        return read_log(self._ready, request, streams)

    def _read_tagged_log(self, request: Request[Nothing], streams: frozenset[int]) -> AsyncGenerator[LogLine, None]:
        return read_tagged_log(self._ready, request, streams)

    def _read_stats(self, request: Request[Nothing]) -> AsyncGenerator[ContainerStats, None]:
        return read_stats(self._ready, request)

    def _read_events(self, request: Request[Nothing], called: float) -> AsyncGenerator[Event, None]:
        return read_events(self._ready, request, called)

    def _read_bytes(self, request: Request[Any]) -> AsyncGenerator[bytes, None]:
        return read_bytes(self._ready, request)

    async def _send_bytes(
        self,
        request: Request[R],
        source: StdinSource,
        timeout: float | None,
        listener: EventListener | None,
    ) -> R:
        queue, handle = await self._ready()
        sending = send_bytes(queue, handle, request, source, timeout=timeout, listener=listener)
        return cast("R", decode(await sending))

    async def _shared_handle(self) -> int | None:
        _, handle = await self._ready()
        return handle


class EnginePlace(EngineClient, Place):
    """A place of a fleet's client, which connects to the node."""

    def __init__(self, request: OpenRequest, environ: Environ, held: ReserveResult) -> None:
        super().__init__({**request, "target": held["target"]}, None, environ)
        self._handle = held["client"]
        observing.name_client(self._handle, self.target)
        others = {kind: tuple(names) for kind, names in held["devices"].items()}
        self.reservation: Reservation = _results.fleet.Reservation(held["node"], tuple(held["gpus"]), others)

    @property
    def _is_fleet(self) -> bool:
        return False


class _Reserving(AbstractAsyncContextManager[Place]):
    """Holds a place while a block lasts."""

    def __init__(self, fleet: EngineClient, request: Request[ReserveResult], listener: EventListener | None) -> None:
        self._fleet, self._request, self._listener = fleet, request, listener
        self._place: EnginePlace | None = None

    async def __aenter__(self) -> Place:
        if self._place is not None:
            raise RuntimeError("this was used already: call reserve again")
        queue, handle = await self._fleet._ready()
        held = await reserve(queue, handle, self._request, self._listener)
        self._place = self._fleet._place_of(held)
        return self._place

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._place is not None
        try:
            await self._place.aclose()
        except DockerError as why:
            if error is None:
                raise
            logger.warning("%s", why)
