"""The client over the shared library."""

from __future__ import annotations

import asyncio
import os
import threading
import warnings
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from .._abi.closing import close_without_loop
from .._abi.json import decode, encode
from .._abi.loops import LoopQueue, queue_for
from .._arguments.checks import output_callback, yes_or_no
from .._arguments.surroundings import Surroundings
from .._calls.byte_streams import read_bytes, send_bytes
from .._calls.call import Call, EventListener, call, watched_call
from .._calls.execution import Launch
from .._calls.logs import read_log
from .._calls.opening import Opening
from .._calls.process import ContainerProcess, start
from .._calls.run import OutputCallback, run_to_end
from .._calls.shield import settled
from .._calls.stdin import StdinSource, first_part
from .._display.masking import masked_text, program_of
from .._errors import ClientClosed, OperationCancelled
from .._results.command import CommandResult
from .docker_client import DockerClient
from .unlock import PassphraseCallback, Unlock


class EngineClient(DockerClient):
    """A DockerClient that submits to the library. It connects on first use."""

    def __init__(
        self,
        request: dict[str, Any],
        passphrase: PassphraseCallback | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.target: str = request["target"] or "local"
        self._request = request
        self._surroundings = surroundings or Surroundings()
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._handle = 0
        self._opening: Opening | None = None
        self._closed = False
        self._unlock = Unlock(passphrase) if passphrase is not None else None
        # The queue of the loop that made the last call, and all queues in use.
        self._queue: LoopQueue | None = None
        self._queues: list[LoopQueue] = []

    def __repr__(self) -> str:
        state = "closed" if self._closed else "open" if self._handle else "not connected yet"
        return f"<{type(self).__name__} {self.target!r} {state}>"

    async def _ready(self) -> tuple[LoopQueue, int]:
        """Return the running loop's queue and the client's handle, opened on first use."""
        loop = asyncio.get_running_loop()
        queue = self._queue
        if queue is None or queue.closed or queue.loop_ref() is not loop:
            queue = self._bind(loop)
        handle = self._handle or await self._open(queue)
        if self._unlock is not None:
            await self._unlock.before_use(self, queue)
            handle = self._handle
        return queue, handle

    def _bind(self, loop: asyncio.AbstractEventLoop) -> LoopQueue:
        queue = queue_for(loop)
        with self._lock:
            if self._closed:
                raise self._closed_error()
            self._queues = [used for used in self._queues if not used.closed]
            if queue not in self._queues:
                self._queues.append(queue)
                queue.acquire(self)
            self._queue = queue
        return queue

    async def _open(self, queue: LoopQueue) -> int:
        with self._lock:
            if self._closed:
                raise self._closed_error()
            if self._handle:
                return self._handle
            opening = self._begin(queue)
        return await self._opened(opening)

    async def _reopen(self, queue: LoopQueue, passphrases: Mapping[str, str]) -> None:
        """Open the client anew, with more passphrases."""
        ssh = self._request.get("ssh", {})
        known = {**ssh.get("passphrases", {}), **passphrases}
        self._request = {**self._request, "ssh": {**ssh, "passphrases": known}}
        with self._lock:
            opening = self._begin(queue)
        await self._opened(opening)

    def _begin(self, queue: LoopQueue) -> Opening:
        """Return the opening under way, or a new one. The lock is held."""
        opening = self._opening
        if opening is None:
            opening = self._opening = Opening(self._take, self._opening_over)
            try:
                queue.submit(0, b"client.open", encode(self._request), b"", opening)
            except BaseException:  # one that has started gives its handle nevertheless
                self._opening = None
                raise
        return opening

    async def _opened(self, opening: Opening) -> int:
        # A caller that is cancelled takes the opening away from nobody.
        try:
            await asyncio.shield(asyncio.wrap_future(opening.future))
        except OperationCancelled:
            if self._closed:
                raise self._closed_error() from None
            raise
        if self._closed or not self._handle:
            raise self._closed_error()
        return self._handle

    def _take(self, handle: int) -> None:
        """Take the handle of an opening that has succeeded."""
        if handle == self._handle:
            return
        replaced, self._handle = (handle, 0) if self._closed else (self._handle, handle)
        if replaced:
            close_without_loop(replaced)

    def _opening_over(self) -> None:
        self._opening = None

    def _closed_error(self) -> ClientClosed:
        return ClientClosed("the client was closed: make another one with connect()", target=self.target)

    def _made_with(self) -> dict[str, str]:
        """The environment that the connection was made with."""
        opened: dict[str, str] = self._request["environ"]
        return opened

    def _environ_named_by(self, options: Sequence[str], *more: str) -> dict[str, str | None]:
        return self._surroundings.named_by(self._made_with(), options, *more)

    def _environ_changed(self, *more: str) -> dict[str, str | None]:
        return self._surroundings.changed(self._made_with(), *more)

    async def _call(self, method: bytes, request: dict[str, Any]) -> Any:
        queue, handle = await self._ready()
        return decode(await call(queue, handle, method, encode(request)))

    async def _watch(
        self, method: bytes, request: dict[str, Any], timeout: float | None, listener: EventListener | None
    ) -> Any:
        queue, handle = await self._ready()
        return decode(await watched_call(queue, handle, method, encode(request), timeout=timeout, listener=listener))

    async def _run(
        self,
        method: bytes,
        request: dict[str, Any],
        subject: str,
        stdin: StdinSource | None,
        on_stdout: OutputCallback | None,
        on_stderr: OutputCallback | None,
        check: bool,
        listener: EventListener | None = None,
    ) -> CommandResult:
        output_callback(on_stdout, "on_stdout")
        output_callback(on_stderr, "on_stderr")
        yes_or_no(check, "check")
        blob, rest = first_part(stdin)
        if rest is not None or (stdin is not None and not blob):
            request["stdin"] = True
        queue, handle = await self._ready()
        launch = self._launch(handle, method, request, blob, subject)
        if rest is None and "stdin" in request:
            rest = b""  # an empty stdin: EOF at once
        return await run_to_end(queue, launch, rest, on_stdout, on_stderr, check, listener)

    async def _start(
        self, method: bytes, request: dict[str, Any], subject: str, interactive: bool, limit: int
    ) -> ContainerProcess:
        if interactive:
            request["stdin"] = True
        queue, handle = await self._ready()

        async def control(method: bytes, fields: dict[str, Any]) -> Any:
            about = {"container": process.container_id, **fields}
            if process.exec_id:
                about["exec_id"] = process.exec_id
            return await self._call(method, about)

        launch = self._launch(handle, method, request, b"", subject)
        process = await start(queue, launch, control, interactive, limit)
        return process

    def _launch(self, handle: int, method: bytes, request: dict[str, Any], blob: bytes, subject: str) -> Launch:
        command = request.get("command", "")
        program = program_of(command) if isinstance(command, str) else masked_text("".join(command[:1]))
        return Launch(
            handle,
            method,
            encode(request),
            blob,
            method.decode(),
            self.target,
            subject,
            program,
        )

    def _read_log(self, request: dict[str, Any], streams: frozenset[int]) -> AsyncGenerator[bytes, None]:
        return read_log(self._ready, request, streams)

    def _read_bytes(self, method: bytes, request: dict[str, Any]) -> AsyncGenerator[bytes, None]:
        return read_bytes(self._ready, method, request)

    async def _send_bytes(
        self,
        method: bytes,
        request: dict[str, Any],
        source: StdinSource,
        timeout: float | None,
        listener: EventListener | None,
    ) -> Any:
        queue, handle = await self._ready()
        sending = send_bytes(queue, handle, method, encode(request), source, timeout=timeout, listener=listener)
        return decode(await sending)

    async def _shared_handle(self) -> int | None:
        _, handle = await self._ready()
        return handle

    async def aclose(self) -> None:
        """Close the client. What is under way fails with ClientClosed. May be repeated.

        However often the task is cancelled meanwhile, it waits until what was under way has
        ended on the engine: for PATIENCE at most.
        """
        with self._lock:
            self._closed = True
            opening = self._opening
        cancelled = None
        if opening is not None:
            opening.cancel()
            cancelled = await settled([asyncio.wrap_future(opening.future)])
        if self._handle:
            cancelled = await self._close() or cancelled
        self._drop_queues()
        if cancelled is not None:
            raise cancelled

    def close_now(self) -> None:
        """Close the client outside of any event loop, and wait for nothing. May be repeated."""
        with self._lock:
            self._closed = True
            handle, self._handle = self._handle, 0
        if handle and self._pid == os.getpid():
            close_without_loop(handle)
        self._drop_queues()

    async def _close(self) -> asyncio.CancelledError | None:
        """Wait for the end of client.close; return the cancellation that came meanwhile."""
        loop = asyncio.get_running_loop()
        queue = queue_for(loop)
        operation = Call(loop.create_future())
        cancelled = None
        try:
            queue.acquire(operation)
            with suppress(ClientClosed):  # somebody else has closed it, or the loop ends
                queue.submit(self._handle, b"client.close", b"", b"", operation)
                self._handle = 0
                cancelled = await settled([operation.future])
                if operation.done:
                    operation.future.result()
            self._handle = 0
        finally:
            queue.drop(operation)
        return cancelled

    def _drop_queues(self) -> None:
        self._queue = None
        queues, self._queues = self._queues, []
        for queue in queues:
            queue.drop(self)

    def __del__(self) -> None:
        # After a fork the connection belongs to the parent.
        if getattr(self, "_pid", 0) != os.getpid():
            return
        try:
            if self._handle:
                warnings.warn(f"unclosed client {self!r}", ResourceWarning, source=self)
        finally:
            handle, self._handle = self._handle, 0
            if handle:
                close_without_loop(handle)
            self._drop_queues()
