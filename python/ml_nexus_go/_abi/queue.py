"""The completion queue of one event loop: submits operations, hands out their frames."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import struct
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from .._errors import ClientClosed, DockerError, InternalError
from .._wire.method import Request
from . import native, observing
from .frames import EVENT, FINAL
from .json import encode

BUFFER_SIZE = 1 << 20
LARGE_BUFFER = 8 << 20  # a larger one is not kept after the frame that needed it

_HEAD = struct.Struct("<QIHH")
_HEAD_SIZE = _HEAD.size

logger = logging.getLogger("ml_nexus_go")


class Operation(Protocol):
    """What a queue needs from an operation. Payloads are valid only during the call."""

    handle: ctypes.c_uint64  # the library writes it; 0 until the operation was submitted

    def receive(self, kind: int, payload: memoryview) -> None:
        """Take a frame that is not the last one."""

    def finish(self, kind: int, payload: memoryview) -> None:
        """Take the last frame, a RESULT or an ERROR; again if an interrupt came in between."""

    def fail(self, error: DockerError) -> None:
        """Handle an error that replaces a last frame which will never come."""


class Queue:
    """Use it only in its event loop's thread. ``handle`` is the caller's, who closes it if this is interrupted."""

    def __init__(self, loop: asyncio.AbstractEventLoop, handle: ctypes.c_uint64) -> None:
        self._library = library = native.library()
        self._submit = library.submit
        # As cancel, of a handle. No function of Python's is entered, where a signal's handler
        # could raise before anything was done.
        self.op_cancel: Callable[[ctypes.c_uint64], object] = library.op_cancel
        self._read = library.queue_read
        self.handle = handle
        # The loop refers to the queue. A reference back would keep loops in memory that
        # were dropped without being closed.
        self.loop_ref: weakref.ReferenceType[asyncio.AbstractEventLoop] = weakref.ref(loop)
        # A loop that was closed in another way than asyncio.run does may stay in memory, and
        # nothing but its readers refers to the queue.
        self._finalizers = [weakref.finalize(end, library.queue_close, handle) for end in (loop, self)]
        for finalizer in self._finalizers:
            finalizer.atexit = False
        fd = ctypes.c_int32()
        status = library.queue_open(ctypes.byref(handle), ctypes.byref(fd))
        if status == native.EINVAL:
            raise InternalError(
                "no file descriptor is left for the library: raise the limit of this process "
                "(ulimit -n, or resource.setrlimit)",
                op="mlng_queue_open",
            )
        if status:
            raise native.failure(status, "mlng_queue_open")
        self.fd: int = fd.value
        self._operations: dict[int, Operation] = {}
        self._observed: dict[int, observing.Observation] = {}
        self._tag = 0
        self._length, self._need = ctypes.c_size_t(), ctypes.c_size_t()
        self._length_ref, self._need_ref = ctypes.byref(self._length), ctypes.byref(self._need)
        self._resize(BUFFER_SIZE)
        self._at = 0  # where in the buffer the next frame begins
        self.closed: bool = False
        self.unused = False  # whether to close as soon as nothing is under way

    def listen(self) -> None:
        """Let the loop call when there are frames. From now on it keeps the queue."""
        loop = self.loop_ref()
        if loop is not None:
            loop.add_reader(self.fd, self._on_readable)

    def _resize(self, size: int) -> None:
        buffer = bytearray(size)
        view, array = memoryview(buffer), (ctypes.c_char * size).from_buffer(buffer)
        self._view, self._array, self._size = view, array, size  # no signal comes in between

    @property
    def idle(self) -> bool:
        """Whether no operation is under way."""
        return not self._operations

    def submit(self, client: int, request: Request[Any], blob: bytes, operation: Operation) -> None:
        """Start an operation. Its frames go to ``operation``, the last one to ``finish``.

        A signal handler may raise at any moment: ``operation.handle`` tells the caller whether
        the operation was started.
        """
        self._tag = tag = self._tag + 1
        text = encode(request.fields)
        handle = ctypes.byref(operation.handle)
        try:
            self._operations[tag] = operation
            status = self._submit(self.handle, client, tag, request.method, text, len(text), blob, len(blob), handle)
            if status:
                raise native.failure(status, request.operation)
            observation = observing.begin(request.operation or request.method.decode(), client)
            if observation is not None:
                self._observed[tag] = observation
        except BaseException:
            if not operation.handle.value:
                self._operations.pop(tag, None)
            raise

    def cancel(self, operation: Operation) -> None:
        """Ask an operation to end. It may have ended already."""
        self._library.op_cancel(operation.handle)

    def leave(self, operation: Operation) -> None:
        """Note that the reader of an operation's output has what it wanted, before its end."""
        for tag, observation in self._observed.items():
            if self._operations.get(tag) is operation:
                observation.leave()

    def grant(self, operation: Operation, count: int) -> None:
        """Let the operation send ``count`` more bytes of output."""
        self._library.op_grant(operation.handle, count)

    def write(self, operation: Operation, data: bytes) -> bool:
        """Append to an operation's stdin; no data means EOF. Return False when it reads no more."""
        status = self._library.op_write(operation.handle, data, len(data))
        if status in (native.EHANDLE, native.ECLOSED):
            return False
        if status:
            raise native.failure(status, "mlng_op_write")
        return True

    def _on_readable(self) -> None:
        self._length.value = 0
        self._at = 0
        try:
            status = self._read(self.handle, self._array, self._size, self._length_ref, self._need_ref)
            if status == native.ERANGE:
                self._resize(max(self._need.value, 2 * self._size))
                return  # the fd is still readable
            if status:
                self._shut(native.failure(status, "mlng_queue_read"))
                return
            self._dispatch()
            if self._size > LARGE_BUFFER:
                self._resize(BUFFER_SIZE)
        except BaseException:  # a signal's handler raised, KeyboardInterrupt for example
            self._dispatch_rest()
            raise
        if self.unused:
            self.release()

    def _dispatch(self) -> None:
        """Hand out what was read, from ``_at`` on."""
        operations, view, unpack, end = self._operations, self._view, _HEAD.unpack_from, self._length.value
        while self._at < end:
            tag, length, kind, flags = unpack(view, self._at)
            start = self._at + _HEAD_SIZE
            stop = start + length
            operation = operations.get(tag)
            if self._observed:
                self._observe(tag, kind, flags, view[start:stop])
            if kind == EVENT and observing.aside(view[start:stop]):
                operation = None
            if operation is not None:
                try:
                    if flags & FINAL:
                        operation.finish(kind, view[start:stop])
                    else:
                        operation.receive(kind, view[start:stop])
                except Exception as error:
                    logger.exception("a frame could not be handled")
                    operation.fail(InternalError(f"a frame could not be handled: {error!r}"))
                    self.cancel(operation)  # nobody takes what it still sends
                if flags & FINAL:
                    operations.pop(tag, None)
            self._at = stop

    def _observe(self, tag: int, kind: int, flags: int, payload: memoryview) -> None:
        observation = self._observed.get(tag)
        if observation is None:
            return
        try:
            if flags & FINAL:
                del self._observed[tag]
                observation.end(kind, payload)
            elif kind == EVENT:
                observation.event(payload)
        except Exception:  # of a logging handler, or of a tracer
            logger.exception("an operation could not be observed")

    def _dispatch_rest(self) -> None:
        """Continue after an interrupt: what was read belongs to many operations, and does not come again."""
        if self._at < self._length.value:
            tag, length, _, flags = _HEAD.unpack_from(self._view, self._at)
            if not flags & FINAL:  # it may be half taken in, and its operation is not whole any more
                operation = self._operations.get(tag)
                if operation is not None:
                    self.cancel(operation)
                self._at += _HEAD_SIZE + length
            self._dispatch()

    def release(self) -> None:
        """Close the queue if nothing is under way."""
        if self.idle:
            self.close()

    def close(self) -> None:
        """Close the queue. Operations in progress are cancelled and fail with ClientClosed."""
        self._shut(ClientClosed("the event loop of this operation has ended"))

    def _shut(self, error: DockerError) -> None:
        if self.closed:
            return
        self.closed = True
        try:
            self._end(error)
        except BaseException:  # interrupted
            self._end(error)
            raise

    def _end(self, error: DockerError) -> None:
        """Release everything. May be repeated."""
        loop = self.loop_ref()
        if loop is not None and not loop.is_closed():
            loop.remove_reader(self.fd)
        self._library.queue_close(self.handle)
        for finalizer in self._finalizers:
            finalizer.detach()
        for operation in self._operations.values():
            operation.fail(error)
        self._operations = {}
        observed, self._observed = self._observed, {}
        for observation in observed.values():
            observation.fail(error)
