"""The completion queue of one event loop: submits operations, hands out their frames."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import struct
import weakref
from typing import Protocol

from . import _native
from ._errors import ClientClosed, DockerError, InternalError
from ._frames import FINAL

BUFFER_SIZE = 1 << 20

_HEAD = struct.Struct("<QIHH")
_HEAD_SIZE = _HEAD.size

logger = logging.getLogger("ml_nexus_go")


class Operation(Protocol):
    """What a queue needs of an operation. Payloads are valid during the call only."""

    handle: int

    def receive(self, kind: int, payload: memoryview) -> None:
        """Take a frame that is not the last one."""

    def finish(self, kind: int, payload: memoryview) -> None:
        """Take the last frame, a RESULT or an ERROR."""

    def fail(self, error: DockerError) -> None:
        """Take the place of a last frame that will never come."""


class Queue:
    """Use it in its event loop's thread only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._library = library = _native.library()
        self._submit = library.submit
        self._read = library.queue_read
        handle, fd = ctypes.c_uint64(), ctypes.c_int32()
        status = library.queue_open(ctypes.byref(handle), ctypes.byref(fd))
        if status:
            raise _native.failure(status, "mlng_queue_open")
        self.handle, self.fd = handle.value, fd.value
        # The loop refers to the queue. A reference back would keep loops in memory that
        # were dropped without being closed.
        self.loop_ref = weakref.ref(loop)
        # A loop that was closed in another way than asyncio.run does may stay in memory, and
        # nothing but its readers refers to the queue.
        self._finalizers = [weakref.finalize(end, library.queue_close, self.handle) for end in (loop, self)]
        for finalizer in self._finalizers:
            finalizer.atexit = False
        self._operations: dict[int, Operation] = {}
        self._tag = 0
        self._op = ctypes.c_uint64()
        self._op_ref = ctypes.byref(self._op)
        self._length, self._need = ctypes.c_size_t(), ctypes.c_size_t()
        self._length_ref, self._need_ref = ctypes.byref(self._length), ctypes.byref(self._need)
        self._resize(BUFFER_SIZE)
        self.closed = False
        self.unused = False  # whether to close as soon as nothing is under way
        loop.add_reader(self.fd, self._on_readable)

    def _resize(self, size: int) -> None:
        self._buffer = bytearray(size)
        self._view = memoryview(self._buffer)
        self._size = size
        self._array = (ctypes.c_char * size).from_buffer(self._buffer)

    @property
    def idle(self) -> bool:
        """Whether no operation is under way."""
        return not self._operations

    def submit(self, client: int, method: bytes, request: bytes, blob: bytes, operation: Operation) -> None:
        """Start an operation. Its frames go to ``operation``, the last one to ``finish``."""
        self._tag = tag = self._tag + 1
        status = self._submit(self.handle, client, tag, method, request, len(request), blob, len(blob), self._op_ref)
        if status:
            raise _native.failure(status, method.decode())
        operation.handle = self._op.value
        self._operations[tag] = operation

    def cancel(self, operation: Operation) -> None:
        """Ask an operation to end. It may have ended already."""
        self._library.op_cancel(operation.handle)

    def grant(self, operation: Operation, count: int) -> None:
        """Let the operation send ``count`` more bytes of output."""
        self._library.op_grant(operation.handle, count)

    def write(self, operation: Operation, data: bytes) -> bool:
        """Append to an operation's stdin; no data is EOF. False when it reads no more."""
        status = self._library.op_write(operation.handle, data, len(data))
        if status in (_native.EHANDLE, _native.ECLOSED):
            return False
        if status:
            raise _native.failure(status, "mlng_op_write")
        return True

    def _on_readable(self) -> None:
        status = self._read(self.handle, self._array, self._size, self._length_ref, self._need_ref)
        if status == _native.ERANGE:
            self._resize(max(self._need.value, 2 * self._size))
            return  # the fd is still readable
        if status:
            self._shut(_native.failure(status, "mlng_queue_read"))
            return
        self._dispatch(0, self._length.value)
        if self.unused:
            self.release()

    def _dispatch(self, at: int, end: int) -> None:
        operations, view, unpack = self._operations, self._view, _HEAD.unpack_from
        operation: Operation | None = None
        while at < end:
            try:
                while at < end:
                    tag, length, kind, flags = unpack(view, at)
                    start = at + _HEAD_SIZE
                    at = start + length
                    if flags & FINAL:
                        operation = operations.pop(tag, None)
                        if operation is not None:
                            operation.finish(kind, view[start:at])
                    else:
                        operation = operations.get(tag)
                        if operation is not None:
                            operation.receive(kind, view[start:at])
            except Exception as error:
                logger.exception("a frame could not be handled")
                if operation is not None:
                    operation.fail(InternalError(f"a frame could not be handled: {error!r}"))
            except BaseException:  # KeyboardInterrupt; the frames behind belong to others
                self._dispatch(at, end)
                raise

    def release(self) -> None:
        """Close the queue if nothing is under way."""
        if self.idle:
            self.close()

    def close(self) -> None:
        """Close the queue. What is under way is cancelled and fails with ClientClosed."""
        self._shut(ClientClosed("the event loop of this operation has ended"))

    def _shut(self, error: DockerError) -> None:
        if self.closed:
            return
        self.closed = True
        loop = self.loop_ref()
        if loop is not None and not loop.is_closed():
            loop.remove_reader(self.fd)
        for finalizer in self._finalizers:
            finalizer.detach()
        self._library.queue_close(self.handle)
        operations, self._operations = self._operations, {}
        for operation in operations.values():
            operation.fail(error)
