"""The C ABI by ctypes: small buffers, malformed requests, stale handles, panics."""

from __future__ import annotations

import ctypes
import json

import pytest

from ml_nexus_go import ClientClosed, InternalError
from ml_nexus_go._abi import native
from ml_nexus_go._abi.frames import ERROR, RESULT
from ml_nexus_go._calls.kinds import error_from_frame

from .support.raw import HEAD, RawQueue, split


def test_a_buffer_that_is_too_small_consumes_nothing_and_says_what_is_needed() -> None:
    request = json.dumps({"text": "x" * 1000}, separators=(",", ":")).encode()
    with RawQueue() as queue:
        queue.submit(b"debug.echo", request)
        queue.wait()
        needed = HEAD.size + len(request)
        for size in (0, 1, HEAD.size, needed - 1):
            assert queue.read(size) == (native.ERANGE, b"", needed)
        status, data, need = queue.read(needed)
        assert (status, need) == (native.OK, 0)
        (frame,) = split(data)
        assert (frame.kind, frame.flags, frame.payload) == (RESULT, 1, request)
        assert queue.read(needed) == (native.OK, b"", 0)


def test_as_many_whole_frames_as_fit_are_read() -> None:
    with RawQueue() as queue:
        for tag in range(5):
            queue.submit(b"debug.echo", b'{"n":%d}' % tag, tag=tag)
        seen: list[int] = []
        while len(seen) < 5:
            queue.wait()
            status, data, _ = queue.read(2 * (HEAD.size + len(b'{"n":0}')) + 3)
            frames = split(data)
            assert status == native.OK
            assert 1 <= len(frames) <= 2
            seen += [frame.tag for frame in frames]
        assert sorted(seen) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("request_text", [b"{", b"nonsense", b"\xff\xfe", b'{"a":1} x', b'{"a":1', b"\x00", b'"'])
def test_a_malformed_request_is_an_error_frame(request_text: bytes) -> None:
    with RawQueue() as queue:
        queue.submit(b"debug.echo", request_text)
        frame = queue.result()
        assert frame.kind == ERROR
        assert frame.json["kind"] == "InvalidArgument"


@pytest.mark.parametrize("method", [b"client.open", b"no.such.method", b"", b"container.run", b"\xff"])
def test_wrong_methods_and_requests_are_error_frames(method: bytes) -> None:
    with RawQueue() as queue:
        queue.submit(method, b'{"target":5,"image":[]}')
        frame = queue.result()
        assert frame.kind == ERROR
        assert frame.json["kind"] in ("InvalidArgument", "InternalError", "ClientClosed"), frame.json


@pytest.mark.parametrize("client", [1, 1 << 60, 2**64 - 1])
def test_a_client_that_does_not_exist_gives_a_status(client: int) -> None:
    library = native.library()
    with RawQueue() as queue:
        for method in (b"container.list", b"client.close", b"container.run"):
            operation = ctypes.c_uint64()
            status = library.submit(queue.handle, client, 1, method, b"{}", 2, b"", 0, ctypes.byref(operation))
            assert status == native.EHANDLE


def test_a_panic_is_an_internal_error_and_the_library_goes_on() -> None:
    with RawQueue() as queue:
        queue.submit(b"debug.panic", tag=1)
        frame = queue.result()
        error = error_from_frame(frame.payload)
        assert type(error) is InternalError
        assert "debug.panic" in str(error)
        queue.submit(b"debug.echo", b"{}", tag=2)
        assert queue.result().tag == 2


def test_handles_that_are_gone_give_a_status() -> None:
    library = native.library()
    with RawQueue() as queue:
        operation = queue.submit(b"debug.echo", b"{}")
        queue.result()
        gone = (native.EHANDLE, native.ECLOSED)
        assert library.op_cancel(operation) in gone
        assert library.op_write(operation, b"x", 1) in gone
        assert library.op_grant(operation, 1) in gone
    assert library.queue_close(queue.handle) == native.EHANDLE
    assert queue.read()[0] == native.EHANDLE
    refused = library.submit(queue.handle, 0, 1, b"debug.echo", b"", 0, b"", 0, ctypes.byref(ctypes.c_uint64()))
    assert refused == native.EHANDLE


@pytest.mark.parametrize("handle", [0, 1, 2**63, 2**64 - 1])
def test_handles_that_never_were_give_a_status(handle: int) -> None:
    library = native.library()
    assert library.op_cancel(handle) == native.EHANDLE
    assert library.op_write(handle, b"", 0) == native.EHANDLE
    assert library.op_grant(handle, 1) == native.EHANDLE
    assert library.queue_close(handle) == native.EHANDLE


def test_null_pointers_are_refused() -> None:
    library = native.library()
    assert library.queue_open(None, None) == native.EINVAL
    with RawQueue() as queue:
        operation = ctypes.byref(ctypes.c_uint64())
        submit = library.submit
        assert submit(queue.handle, 0, 1, None, b"", 0, b"", 0, operation) == native.EINVAL
        assert submit(queue.handle, 0, 1, b"debug.echo", None, 5, b"", 0, operation) == native.EINVAL
        assert submit(queue.handle, 0, 1, b"debug.echo", b"", 0, None, 5, operation) == native.EINVAL
        assert submit(queue.handle, 0, 1, b"debug.echo", b"", 0, b"", 0, None) == native.EINVAL
        assert library.queue_read(queue.handle, None, 0, None, None) == native.EINVAL


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        (native.EHANDLE, ClientClosed),
        (native.ECLOSED, ClientClosed),
        (native.EINVAL, InternalError),
        (native.EPANIC, InternalError),
        (99, InternalError),
    ],
)
def test_a_status_becomes_an_exception(status: int, cls: type[Exception]) -> None:
    error = native.failure(status, "mlng_submit")
    assert type(error) is cls
    assert error.op == "mlng_submit"
