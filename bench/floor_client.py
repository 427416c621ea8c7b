"""The floor: bench/floor, a Go program that uses docker's own client and times itself."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).resolve().parent.parent / "build" / "bench-floor"


class Floor:
    """Requests operations; each answer is the seconds that one took."""

    def __init__(self, socket: str) -> None:
        self._socket = socket

    async def __aenter__(self) -> Floor:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(str(PROGRAM), self._socket, stdin=pipe, stdout=pipe)
        return self

    async def __aexit__(self, *about: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def __call__(self, op: str, **fields: Any) -> float:
        """Do an operation: see bench/floor/main.go."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"op": op, **fields}).encode() + b"\n")
        answer = json.loads(await process.stdout.readline())
        if answer["error"]:
            raise RuntimeError(f"floor: {answer['error']}")
        return float(answer["seconds"])
