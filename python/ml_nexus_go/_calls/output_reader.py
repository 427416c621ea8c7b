"""A StreamReader whose end may be an error."""

from __future__ import annotations

import asyncio
import io
from typing import Any

from .._errors import DockerError

_BLOCK = 1 << 20


class OutputReader(asyncio.StreamReader):
    """A StreamReader that returns what has arrived before it raises the error that ended its process.

    So its output is not complete until it has returned b"". A read of a number of bytes, or
    up to a separator, that does not find them raises IncompleteReadError, as at the end.
    """

    _failure: DockerError | None = None
    # Takes what arrives while a read to the end waits: io.BytesIO hands out its bytes without
    # another copy. Blocks that are joined at the end are copied twice more.
    _whole: io.BytesIO | None = None

    def feed_data(self, data: Any) -> None:
        """Take what has arrived."""
        if self._whole is None:
            super().feed_data(data)
        else:
            self._whole.write(data)

    def fail(self, error: DockerError) -> None:
        """End the stream with an error."""
        self._failure = error
        self.feed_eof()

    def exception(self) -> Exception | None:
        """Return the error that ended the process."""
        return self._failure or super().exception()

    async def read(self, n: int = -1) -> bytes:
        """Read up to ``n`` bytes; without it, everything until the end or an error."""
        if n < 0:
            return await self._read_all()
        data = await super().read(n)
        if not data and n:
            self._raise()
        return data

    async def _read_all(self) -> bytes:
        whole = self._whole = io.BytesIO()
        try:
            while part := await super().read(_BLOCK):  # what had come before, and then the end
                whole.write(part)
        finally:
            self._whole = None
        if not whole.tell():
            self._raise()
        return whole.getvalue()

    async def readuntil(self, separator: Any = b"\n") -> bytes:
        """Read up to and including a separator."""
        try:
            return await super().readuntil(separator)
        except asyncio.IncompleteReadError as error:
            raise self._instead_of(error) from None

    async def readexactly(self, n: int) -> bytes:
        """Read ``n`` bytes."""
        try:
            return await super().readexactly(n)
        except asyncio.IncompleteReadError as error:
            raise self._instead_of(error) from None

    def _instead_of(self, error: asyncio.IncompleteReadError) -> Exception:
        return error if error.partial or self._failure is None else self._failure

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure from None
