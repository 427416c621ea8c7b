"""Clients that report to an event bus what they do."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from .._abi.frames import STDERR, STDOUT
from .._calls.execution import Launch
from .._calls.process import ContainerProcess
from .._clients.docker_client import DockerClient
from .._clients.engine import EngineClient, EnginePlace
from .._clients.forwarding import public_methods
from .._clients.shared import Place, SharedLocalDockerClient, SharedPlace, SharedRemoteDockerClient, connection
from .._display.live import is_answer, named
from .._errors import CommandFailed, DockerError
from ._events import Bus, Report
from ._texts import command_text

if TYPE_CHECKING:
    from .._wire.generated.bridge import ReserveResult
    from .._wire.generated.requests import CommandResult
    from .._wire.method import Request

# The report of the operation that this task is in: what it is made of is not told too.
_current: ContextVar[Report | None] = ContextVar("ml_nexus_go_report", default=None)

_SILENT = frozenset(("ping", "info", "version"))


class Reporting(EngineClient):
    """Reports every operation to a bus, except questions about the engine."""

    _bus: Bus

    def _launch(self, handle: int, request: Request[CommandResult], blob: bytes, subject: str) -> Launch:
        launch = super()._launch(handle, request, blob, subject)
        report = _current.get()
        return launch if report is None else launch._replace(tap=report.tap, before_result=report.succeeded)

    async def _start(self, *args: Any, **kwargs: Any) -> ContainerProcess:
        process = await super()._start(*args, **kwargs)
        report = _current.get()
        if report is not None:
            process._operation.future.add_done_callback(lambda _: report.end(process.returncode or 0))
        return process

    async def _told(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        method = getattr(super(), name)
        if _current.get() is not None:
            return await method(*args, **kwargs)
        report = Report(self._bus, named(command_text(self.target, name, args, kwargs)))
        token = _current.set(report)
        try:
            if name == "build_image":
                kwargs = {**kwargs, "on_progress": _progress(report, kwargs.get("on_progress"))}
            result = await method(*args, **kwargs)
        except asyncio.CancelledError:
            report.end(130)
            raise
        except BaseException as error:
            if is_answer(error):
                report.end(0)
            else:
                _fail(report, error)
            await report.told()
            raise
        finally:
            _current.reset(token)
        if not isinstance(result, ContainerProcess):
            report.end(int(getattr(result, "exit_code", 0)))
            await report.told()
        return result


def _fail(report: Report, error: BaseException) -> None:
    code = error.exit_code if isinstance(error, CommandFailed) else 1
    if not isinstance(error, CommandFailed) or not (error.stdout or error.stderr):
        message = error.message if isinstance(error, DockerError) else repr(error)
        report.tap(STDERR, f"{message}\n".encode("utf-8", "replace"))
    report.end(code)


def _progress(report: Report, own: Callable[[Any], object] | None) -> Callable[[Any], None]:
    """Tell a build's output as lines."""

    def listen(event: Any) -> None:
        text = getattr(event, "text", None)
        if text is not None:
            report.tap(STDERR if getattr(event, "stream", 1) == STDERR else STDOUT, text.encode("utf-8", "replace"))
        elif getattr(event, "state", "") in ("started", "cached"):
            report.tap(STDOUT, f"#{event.number} {event.name}{' CACHED' * (event.state == 'cached')}\n".encode())
        if own is not None:
            own(event)

    return listen


def _reported(name: str) -> Callable[..., Any]:
    async def method(self: Reporting, *args: Any, **kwargs: Any) -> Any:
        return await self._told(name, args, kwargs)

    method.__name__ = name
    return method


for _name, _method in public_methods(DockerClient).items():
    if inspect.iscoroutinefunction(_method) and _name not in _SILENT:
        setattr(Reporting, _name, _reported(_name))


class ReportingLocalDockerClient(Reporting, SharedLocalDockerClient):
    """A LocalDockerClient that reports."""


class ReportingRemoteDockerClient(Reporting, SharedRemoteDockerClient):
    """A RemoteDockerClient that reports, as its places do."""

    def _place_of(self, held: ReserveResult) -> EnginePlace:
        made = ReportingPlace(connection(self._place)._request, self._environ, held)
        made._bus = self._bus
        return made


class ReportingPlace(Reporting, SharedPlace):
    """A place of a fleet that reports."""


def reporting_client(place: Place, bus: Bus) -> DockerClient:
    """Return a client of a place that reports to a bus what it does."""
    made = ReportingRemoteDockerClient(place) if place.remote else ReportingLocalDockerClient(place)
    made._bus = bus
    return made
