"""A client that forwards everything to another one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from .docker_client import DockerClient


class ForwardingDockerClient(DockerClient):
    """A client whose methods call the same methods of ``inner``.

    Subclass it and override single methods (``super()`` forwards), or ``forward``, which
    every coroutine passes. ``inner`` is any DockerClient, one of your own included.
    """

    def __init__(self, inner: DockerClient) -> None:
        self.inner = inner
        self.target: str = inner.target

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.inner!r}>"

    async def forward(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Await a method of the other client."""
        return await getattr(self.inner, method)(*args, **kwargs)

    async def _shared_handle(self) -> int | None:
        return await self.inner._shared_handle()

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
    _make = _coroutine if inspect.iscoroutinefunction(_method) else _function
    _made = _make(_name)
    _made.__name__, _made.__doc__ = _name, _method.__doc__
    _made.__qualname__ = f"ForwardingDockerClient.{_name}"
    setattr(ForwardingDockerClient, _name, _made)
