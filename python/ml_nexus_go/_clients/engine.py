"""The client over the shared library."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from .._abi.json import decode, encode
from .._arguments.checks import output_callback, yes_or_no
from .._calls.byte_streams import read_bytes, send_bytes
from .._calls.call import call, watched_call
from .._calls.execution import Launch
from .._calls.logs import read_log
from .._calls.operation import EventListener
from .._calls.process import ContainerProcess, start
from .._calls.run import OutputCallback, run_to_end
from .._calls.stdin import StdinSource, first_part
from .._display.masking import masked_text, program_of
from .._results.command import CommandResult
from .lifetime import ClientLifetime


class EngineClient(ClientLifetime):
    """A DockerClient that submits to the library. It connects on first use."""

    def _made_with(self) -> dict[str, str]:
        """The environment that the connection was made with."""
        opened: dict[str, str] = self._request["environ"]
        return opened

    def _environ_named_by(self, options: Sequence[str], *more: str) -> dict[str, str | None]:
        return self._environ.named_by(self._made_with(), options, *more)

    def _environ_changed(self, *more: str) -> dict[str, str | None]:
        return self._environ.changed(self._made_with(), *more)

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
        self, method: bytes, request: dict[str, Any], subject: str, stdin: bool | None, limit: int
    ) -> ContainerProcess:
        if stdin is None:
            request["stdin_by_options"] = True
        elif stdin:
            request["stdin"] = True
        queue, handle = await self._ready()

        async def control(method: bytes, fields: dict[str, Any]) -> Any:
            about = {"container": process.container_id, **fields}
            if process.exec_id:
                about["exec_id"] = process.exec_id
            return await self._call(method, about)

        launch = self._launch(handle, method, request, b"", subject)
        process = await start(queue, launch, control, bool(stdin), limit)
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
