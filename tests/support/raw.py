"""The C ABI as Python sees it, without the package's own queue."""

from __future__ import annotations

import ctypes
import json
import select
import struct
import time
from types import TracebackType
from typing import Any, NamedTuple

from ml_nexus_go._abi import native

from .wait import DEADLINE

HEAD = struct.Struct("<QIHH")


class Frame(NamedTuple):
    """One frame."""

    tag: int
    kind: int
    flags: int
    payload: bytes

    @property
    def json(self) -> Any:
        """The payload's JSON."""
        return json.loads(self.payload)


class RawQueue:
    """A queue that a test reads by hand."""

    def __init__(self) -> None:
        self.library = native.library()
        handle, fd = ctypes.c_uint64(), ctypes.c_int32()
        assert self.library.queue_open(ctypes.byref(handle), ctypes.byref(fd)) == native.OK
        self.handle, self.fd = handle.value, fd.value

    def __enter__(self) -> RawQueue:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.library.queue_close(self.handle)

    def submit(self, method: bytes, request: bytes = b"", client: int = 0, tag: int = 1, blob: bytes = b"") -> int:
        """Start an operation and return its handle."""
        operation = ctypes.c_uint64()
        status = self.library.submit(
            self.handle, client, tag, method, request, len(request), blob, len(blob), ctypes.byref(operation)
        )
        assert status == native.OK, status
        return operation.value

    def wait(self, deadline: float = DEADLINE) -> None:
        """Wait until a frame arrives."""
        ready, _, _ = select.select([self.fd], [], [], deadline)
        assert ready, f"no frame within {deadline} s"

    def read(self, size: int = 1 << 20) -> tuple[int, bytes, int]:
        """Call mlng_queue_read once: return the status, what was read, and what is needed."""
        buffer = ctypes.create_string_buffer(size) if size else None
        length, need = ctypes.c_size_t(99), ctypes.c_size_t(99)
        status = self.library.queue_read(self.handle, buffer, size, ctypes.byref(length), ctypes.byref(need))
        return status, buffer.raw[: length.value] if buffer else b"", need.value

    def frames(self) -> list[Frame]:
        """Wait, and read the frames that have arrived."""
        self.wait()
        status, data, _ = self.read()
        assert status == native.OK, status
        return split(data)

    def result(self, deadline: float = DEADLINE) -> Frame:
        """Return the next FINAL frame."""
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            for frame in self.frames():
                if frame.flags & 1:
                    return frame
        raise AssertionError("no result")


def split(data: bytes) -> list[Frame]:
    """Return the frames in what was read."""
    frames, at = [], 0
    while at < len(data):
        tag, length, kind, flags = HEAD.unpack_from(data, at)
        at += HEAD.size
        frames.append(Frame(tag, kind, flags, data[at : at + length]))
        at += length
    assert at == len(data)
    return frames
