"""The engine itself."""

from __future__ import annotations

from typing import Any

from .._results.system import PingResult
from .requests import Requests


class System(Requests):
    """Methods about the engine."""

    async def ping(self) -> PingResult:
        """Ask the engine whether it is there. Raises EngineUnreachable."""
        result = await self._call(b"system.ping", {})
        return PingResult(result["api_version"], result["os_type"], result["builder_version"])

    async def info(self) -> dict[str, Any]:
        """Return the engine's ``GET /info``, what ``docker info`` is made from."""
        result: dict[str, Any] = await self._call(b"system.info", {})
        return result

    async def version(self) -> dict[str, Any]:
        """Return the engine's ``GET /version``."""
        result: dict[str, Any] = await self._call(b"system.version", {})
        return result
