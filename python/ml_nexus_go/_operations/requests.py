"""DockerClient: the public methods, built on a few that a way to an engine implements.

A subclass may implement the public methods instead: those that it leaves out say so.
"""

from __future__ import annotations

import abc
from collections.abc import AsyncGenerator, Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from .._arguments.checks import Options, option_words
from .._calls.delivery import OutputCallbacks
from .._calls.forwarding import Forwarding
from .._calls.operation import EventListener
from .._calls.process import ContainerProcess
from .._calls.stdin import StdinSource
from .._errors import EngineError
from .._results.command import CommandResult
from .._results.output import LogLine
from .._wire.method import Request

if TYPE_CHECKING:
    from .._results.events import Event
    from .._results.stats import ContainerStats
    from .._wire.generated import requests as wire
    from .._wire.generated.bridge import Nothing

R = TypeVar("R")
View = TypeVar("View")
Self = TypeVar("Self", bound="Requests")


class Requests(abc.ABC):
    """What the methods of DockerClient are made of. Requests are those of Go's core."""

    target: str = ""  # as the user named it, for messages

    def _option_words(self, options: Options) -> list[str]:
        """Return options as a list."""
        return option_words(options)

    def _environ_named_by(self, options: Sequence[str], *more: str) -> dict[str, str | None]:
        """Return what has changed in the environment of ``more`` and of what options may name."""
        return {}

    def _environ_changed(self, *more: str) -> dict[str, str | None]:
        """Return what has changed in the environment, and matters to a call."""
        return {}

    async def _call(self, request: Request[R]) -> R:
        """Return the result of an operation."""
        raise self._missing(request)

    async def _watch(self, request: Request[R], timeout: float | None, listener: EventListener | None) -> R:
        """Return the result of an operation that may take ``timeout`` seconds."""
        raise self._missing(request)

    async def _run(
        self,
        request: Request[wire.CommandResult],
        subject: str,
        stdin: StdinSource | None,
        callbacks: OutputCallbacks,
        check: bool,
        listener: EventListener | None = None,
    ) -> CommandResult:
        """Run a process to its end."""
        raise self._missing(request)

    async def _start(
        self,
        request: Request[wire.CommandResult],
        subject: str,
        stdin: bool | None,
        limit: int,
        listener: EventListener | None = None,
    ) -> ContainerProcess:
        """Start a process with or without a stdin; None means as its options say."""
        raise self._missing(request)

    async def _forward(self, request: Request[Nothing]) -> Forwarding:
        """Begin an operation that lasts until it is ended."""
        raise self._missing(request)

    def _read_log(self, request: Request[Nothing], streams: frozenset[int]) -> AsyncGenerator[bytes, None]:
        """Read a log by lines."""
        raise self._missing(request)

    def _read_tagged_log(self, request: Request[Nothing], streams: frozenset[int]) -> AsyncGenerator[LogLine, None]:
        """Read a log by lines, with their times."""
        raise self._missing(request)

    def _read_stats(self, request: Request[Nothing]) -> AsyncGenerator[ContainerStats, None]:
        """Read what containers use."""
        raise self._missing(request)

    def _read_events(self, request: Request[Nothing], called: float) -> AsyncGenerator[Event, None]:
        """Read the engine's events from ``called`` (of time.monotonic) on."""
        raise self._missing(request)

    def _read_bytes(self, request: Request[Any]) -> AsyncGenerator[bytes, None]:
        """Read an operation's output."""
        raise self._missing(request)

    async def _send_bytes(
        self,
        request: Request[R],
        source: StdinSource,
        timeout: float | None,
        listener: EventListener | None,
    ) -> R:
        """Send a source to an operation and return its result."""
        raise self._missing(request)

    async def _shared_handle(self) -> int | None:
        """Return this client's handle for another client in this process; None if there is none."""
        return None

    def _read(self, request: Request[Any], read: Callable[[], View]) -> View:
        """Return views of what the engine has sent."""
        try:
            return read()
        except (AttributeError, KeyError, TypeError, ValueError) as err:
            message = f"the engine's description is not of the form that docker's has: {err!r}"
            raise EngineError(message, op=request.operation, target=self.target) from err

    def _missing(self, request: Request[Any]) -> NotImplementedError:
        """Return the error of a subclass that does not implement the method called."""
        return NotImplementedError(
            f"{type(self).__name__} does not implement {request.operation}: implement the method of DockerClient "
            "that was called, or forward it to another client (ForwardingDockerClient)"
        )

    @abc.abstractmethod
    async def aclose(self) -> None:
        """Close the client. Calls in progress fail with ClientClosed. May be repeated."""

    async def __aenter__(self: Self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()
