"""A client that forwards everything to another one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine, Generator
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from .docker_client import DockerClient

if TYPE_CHECKING:
    from .._calls.operation import EventListener
    from .._results.ports import PortForward
    from .._wire.generated.bridge import ReserveResult
    from .._wire.method import Request
    from .docker_client import Place


class _Either(Coroutine[Any, Any, Any]):
    """What ``forward`` returns: the call of a method, or, if it is entered, a forwarded port."""

    def __init__(
        self, call: Callable[[], Coroutine[Any, Any, Any]], port: Callable[[], AbstractAsyncContextManager[PortForward]]
    ) -> None:
        self._call, self._port = call, port
        self._begun: Coroutine[Any, Any, Any] | None = None
        self._entered: AbstractAsyncContextManager[PortForward] | None = None

    @property
    def _coroutine(self) -> Coroutine[Any, Any, Any]:
        if self._begun is None:
            self._begun = self._call()
        return self._begun

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._coroutine.__await__()

    def send(self, value: Any) -> Any:
        return self._coroutine.send(value)

    def throw(self, *error: Any) -> Any:
        return self._coroutine.throw(*error)

    def close(self) -> None:
        if self._begun is not None:
            self._begun.close()

    async def __aenter__(self) -> PortForward:
        self._entered = self._port()
        return await self._entered.__aenter__()

    async def __aexit__(self, *error: Any) -> None:
        assert self._entered is not None
        await self._entered.__aexit__(*error)


def _either(own: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """Let a subclass's ``forward``, which calls methods, also forward ports."""

    @functools.wraps(own)
    def forward(self: ForwardingDockerClient, method: str, *args: Any, **kwargs: Any) -> Any:
        return _Either(lambda: own(self, method, *args, **kwargs), lambda: self.inner.forward(method, *args, **kwargs))

    return forward


class ForwardingDockerClient(DockerClient):
    """A client whose methods call the same methods of ``inner``.

    Subclass it and override single methods (``super()`` forwards), or ``forward``, which
    every coroutine passes. ``inner`` is any DockerClient, one of your own included.

    ``async with client.forward(container, port)`` forwards a port, as with any client.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = vars(cls).get("forward")
        if inspect.iscoroutinefunction(own):
            cls.forward = _either(own)  # type: ignore[method-assign]

    def __init__(self, inner: DockerClient) -> None:
        self.inner = inner
        self.target: str = inner.target

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.inner!r}>"

    def forward(self, method: str, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Await a method of the other client; or, with ``async with``, forward a port of a container."""
        return _Either(
            lambda: getattr(self.inner, method)(*args, **kwargs), lambda: self.inner.forward(method, *args, **kwargs)
        )

    async def _shared_handle(self) -> int | None:
        return await self.inner._shared_handle()

    @property
    def _is_fleet(self) -> bool:
        return self.inner._is_fleet

    def _reserve(
        self, request: Request[ReserveResult], listener: EventListener | None
    ) -> AbstractAsyncContextManager[Place]:
        return self.inner._reserve(request, listener)

    async def aclose(self) -> None:
        """Close the other client."""
        await self.inner.aclose()


def _coroutine(name: str) -> Callable[..., Any]:
    async def method(self: ForwardingDockerClient, *args: Any, **kwargs: Any) -> Any:
        return await self.forward(name, *args, **kwargs)

    return method


def _function(name: str) -> Callable[..., Any]:
    def method(self: ForwardingDockerClient, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.inner, name)(*args, **kwargs)

    return method


def public_methods(cls: type) -> dict[str, Callable[..., Any]]:
    """Return a class's public methods by name, except aclose."""
    members = inspect.getmembers(cls, inspect.isfunction)
    return {name: value for name, value in members if name[0] != "_" and name != "aclose"}


for _name, _method in public_methods(DockerClient).items():
    if _name == "forward":
        continue
    _make = _coroutine if inspect.iscoroutinefunction(_method) else _function
    _made = _make(_name)
    _made.__name__, _made.__doc__ = _name, _method.__doc__
    _made.__qualname__ = f"ForwardingDockerClient.{_name}"
    setattr(ForwardingDockerClient, _name, _made)
