"""A blocking client's life, and connect()."""

from __future__ import annotations

import weakref
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._loop_thread import LoopThread
from ._process import ContainerProcess

if TYPE_CHECKING:
    from .._calls.process import ContainerProcess as AsyncProcess
    from .._clients.docker_client import DockerClient as AsyncClient

Self = TypeVar("Self", bound="Client")
Other = TypeVar("Other", bound="Client")


class Client:
    """A client and the thread of its loop."""

    def __init__(self, client: AsyncClient, thread: LoopThread | None = None) -> None:
        self._client = client
        self._owner = thread is None
        self._thread = thread or LoopThread()
        if self._owner:
            weakref.finalize(self, self._thread.later_stop)

    @property
    def target(self) -> str:
        """The target as it was given to ``connect``."""
        return str(getattr(self._client, "target", ""))

    def close(self) -> None:
        """Close the client. Calls in progress fail with ClientClosed. May be repeated."""
        if self._thread.stopped:
            return
        try:
            self._thread.call(self._client.aclose)
        finally:
            if self._owner:
                self._thread.stop()

    @property
    def _any(self) -> Any:
        """The client, for methods whose result depends on their arguments."""
        return self._client

    def _places(self, manager: AbstractAsyncContextManager[AsyncClient], form: type[Other]) -> _Places[Other]:
        return _Places(self._thread, self._thread.manage(manager), form)

    def _process(self, process: AsyncProcess) -> ContainerProcess:
        return ContainerProcess(self._thread, process)

    def __repr__(self) -> str:
        return f"<blocking {self._client!r}>"

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class _Places(AbstractContextManager[Other], Generic[Other]):
    """Gives a block the blocking form of a client that another client makes. It shares that one's thread."""

    def __init__(self, thread: LoopThread, manager: AbstractContextManager[AsyncClient], form: type[Other]) -> None:
        self._thread, self._manager, self._form = thread, manager, form

    def __enter__(self) -> Other:
        return self._form(self._manager.__enter__(), self._thread)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        return self._manager.__exit__(kind, error, traceback)
