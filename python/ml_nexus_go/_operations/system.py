"""The engine itself."""

from __future__ import annotations

from typing import Any

from .._results.system import PingResult
from .._wire.generated.methods import SYSTEM_INFO, SYSTEM_PING, SYSTEM_VERSION
from .requests import Requests


class System(Requests):
    """Methods about the engine."""

    async def ping(self) -> PingResult:
        """Check that the engine answers. Raises EngineUnreachable."""
        result = await self._call(SYSTEM_PING({}))
        return PingResult(result["api_version"], result["os_type"], result["builder_version"])

    async def info(self) -> dict[str, Any]:
        """Return the engine's ``GET /info``, what ``docker info`` is made from."""
        result: dict[str, Any] = await self._call(SYSTEM_INFO({}))
        return result

    async def version(self) -> dict[str, Any]:
        """Return the engine's ``GET /version``."""
        result: dict[str, Any] = await self._call(SYSTEM_VERSION({}))
        return result
