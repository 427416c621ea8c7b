"""The client over the shared library."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
import warnings
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from ._byte_streams import read_bytes, send_bytes
from ._call import Call, EventListener, call, watched_call
from ._docker_client import DockerClient
from ._errors import ClientClosed, DockerError
from ._execution import Launch
from ._frames import RESULT
from ._json import decode, encode
from ._kinds import error_from_frame
from ._logs import read_log
from ._loops import LoopQueue, queue_for
from ._orphans import close_orphan
from ._process import ContainerProcess, start
from ._result import CommandResult
from ._run import OutputCallback, run_to_end
from ._stdin import StdinSource, first_part
from ._unlock import PassphraseCallback, Unlock


class _Opening:
    """client.open: its future is seen by callers in any event loop."""

    def __init__(self, client: EngineClient) -> None:
        self.handle = 0
        self.future: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._client = client

    def receive(self, kind: int, payload: memoryview) -> None:
        """Ignore events."""

    def finish(self, kind: int, payload: memoryview) -> None:
        """Give the client its handle."""
        if kind != RESULT:
            self.fail(error_from_frame(payload))
            return
        self._client._handle = decode(str(payload, "utf-8"))["client"]
        self.future.set_result(None)

    def fail(self, error: DockerError) -> None:
        """Let the next call try again."""
        self._client._opening = None
        self.future.set_exception(error)


class EngineClient(DockerClient):
    """A DockerClient that submits to the library. It connects on first use."""

    def __init__(self, request: dict[str, Any], passphrase: PassphraseCallback | None = None) -> None:
        self.target: str = request["target"] or "local"
        self._request = request
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._handle = 0
        self._opening: _Opening | None = None
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
                queue.acquire()
            self._queue = queue
        return queue

    async def _open(self, queue: LoopQueue) -> int:
        with self._lock:
            if self._closed:
                raise self._closed_error()
            if self._handle:
                return self._handle
            opening = self._opening
            if opening is None:
                opening = _Opening(self)
                queue.submit(0, b"client.open", encode(self._request), b"", opening)
                self._opening = opening
        # A caller that is cancelled takes the opening away from nobody.
        await asyncio.shield(asyncio.wrap_future(opening.future))
        if self._closed or not self._handle:
            raise self._closed_error()
        return self._handle

    async def _reopen(self, queue: LoopQueue, passphrases: Mapping[str, str]) -> None:
        """Open the client anew, with more passphrases."""
        ssh = self._request.get("ssh", {})
        known = {**ssh.get("passphrases", {}), **passphrases}
        self._request = {**self._request, "ssh": {**ssh, "passphrases": known}}
        opened = decode(await call(queue, 0, b"client.open", encode(self._request)))
        with self._lock:
            old, self._handle = self._handle, 0 if self._closed else opened["client"]
        for handle in (old, opened["client"] if self._closed else 0):
            if handle:
                await call(queue, handle, b"client.close", b"")
        if self._closed:
            raise self._closed_error()

    def _closed_error(self) -> ClientClosed:
        return ClientClosed("the client was closed: make another one with connect()", target=self.target)

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
        words = command.split(maxsplit=1) if isinstance(command, str) else command
        return Launch(
            handle,
            method,
            encode(request),
            blob,
            method.decode(),
            self.target,
            subject,
            words[0] if words else "",
        )

    async def _read_log(self, request: dict[str, Any], streams: frozenset[int]) -> AsyncGenerator[bytes, None]:
        queue, handle = await self._ready()
        reading = read_log(queue, handle, encode(request), streams)
        try:
            async for line in reading:
                yield line
        finally:
            await reading.aclose()

    async def _read_bytes(self, method: bytes, request: dict[str, Any]) -> AsyncGenerator[bytes, None]:
        queue, handle = await self._ready()
        reading = read_bytes(queue, handle, method, encode(request))
        try:
            async for chunk in reading:
                yield chunk
        finally:
            await reading.aclose()

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
        """Close the client. What is under way fails with ClientClosed. May be repeated."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            opening = self._opening
        try:
            if opening is not None and not opening.future.done():
                await asyncio.wait([asyncio.wrap_future(opening.future)])
        finally:
            handle, self._handle = self._handle, 0
            try:
                if handle:
                    await self._close(handle)
            finally:
                self._drop_queues()

    def close_now(self) -> None:
        """Close the client outside of any event loop, and wait for nothing. May be repeated."""
        with self._lock:
            self._closed = True
            handle, self._handle = self._handle, 0
        if handle and self._pid == os.getpid():
            close_orphan(handle)
        self._drop_queues()

    async def _close(self, handle: int) -> None:
        loop = asyncio.get_running_loop()
        queue = queue_for(loop)
        queue.acquire()
        try:
            operation = Call(loop.create_future())
            queue.submit(handle, b"client.close", b"", b"", operation)
            await operation.future
        finally:
            queue.drop()

    def _drop_queues(self) -> None:
        self._queue = None
        queues, self._queues = self._queues, []
        for queue in queues:
            queue.drop()

    def __del__(self) -> None:
        # After a fork the connection belongs to the parent.
        if not getattr(self, "_handle", 0) or self._pid != os.getpid():
            return
        warnings.warn(f"unclosed client {self!r}", ResourceWarning, source=self)
        handle, self._handle = self._handle, 0
        close_orphan(handle)
        self._drop_queues()
