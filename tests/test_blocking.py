"""The blocking client: the same names, results and errors, on the caller's thread."""

from __future__ import annotations

import asyncio
import inspect
import io
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import ml_nexus_go
from ml_nexus_go import ClientClosed, CommandFailed, ContainerNotFound, EngineUnreachable, InvalidArgument, blocking

from .support.bed import Engine
from .support.leaks import stats
from .support.names import Names
from .support.wait import DEADLINE, until


@pytest.fixture
def docker(engine: Engine, nothing_left: list[ml_nexus_go.DockerClient]) -> Iterator[blocking.DockerClient]:
    with blocking.connect(engine.target, **engine.settings()) as opened:
        yield opened


def parameters(function: object) -> list[tuple[str, object, bool]]:
    found = inspect.signature(function).parameters.values()  # type: ignore[arg-type]
    return [(one.name, one.kind, one.default is one.empty) for one in found]


@pytest.mark.parametrize("name", ["DockerClient", "ContainerProcess", "ProcessStdin"])
def test_every_public_method_is_there(name: str) -> None:
    original, here = getattr(ml_nexus_go, name), getattr(blocking, name)
    renamed = {"aclose": "close"}
    # What a file object does not have: writing waits by itself.
    left_out = {"ProcessStdin": {"drain", "can_write_eof", "wait_closed", "sent", "consumed", "break_pipe"}}
    for member, value in inspect.getmembers(original, callable):
        if member.startswith("_") or member in left_out.get(name, ()):
            continue
        blocks = getattr(here, renamed.get(member, member))
        assert parameters(blocks) == parameters(value), member
        assert not inspect.iscoroutinefunction(blocks), member


def test_connect_has_the_same_parameters() -> None:
    assert parameters(blocking.connect) == parameters(ml_nexus_go.connect)


def test_a_run(docker: blocking.DockerClient, image: str) -> None:
    result = docker.run_container(image, ["echo", "hello"], ["--rm"])
    assert (result, result.exit_code) == ("hello\n", 0)
    with pytest.raises(CommandFailed) as failed:
        docker.run_container(image, "exit 7", ["--rm"], shell=True)
    assert failed.value.exit_code == 7


@pytest.mark.connections("local")
def test_callbacks_are_called_on_the_thread_of_the_call(docker: blocking.DockerClient, image: str) -> None:
    threads, seen = set(), bytearray()

    def take(data: bytes) -> None:
        threads.add(threading.current_thread())
        seen.extend(data)
        assert docker.image_exists(image)  # a callback may make calls of its own

    result = docker.run_container(image, ["seq", "1000"], ["--rm"], on_stdout=take)
    assert (threads, bytes(seen)) == ({threading.current_thread()}, b"".join(b"%d\n" % n for n in range(1, 1001)))
    assert result.stdout == ""


@pytest.mark.connections("local")
@pytest.mark.parametrize("raised", [ValueError("mine"), StopIteration(), KeyboardInterrupt()], ids=repr)
def test_an_error_of_a_callback_ends_the_work(
    docker: blocking.DockerClient, image: str, name: Names, raised: BaseException
) -> None:
    mine = name()

    def fail(_: bytes) -> None:
        raise raised

    expected = RuntimeError if isinstance(raised, StopIteration) else type(raised)
    with pytest.raises(expected):
        docker.run_container(image, "echo x; sleep 600", ["--rm", "--name", mine], shell=True, on_stdout=fail)
    assert not docker.container_exists(mine)


@pytest.mark.connections("local")
@pytest.mark.engines("new")
@pytest.mark.parametrize("callback", ["on_stdout", "on_line", "on_progress"])
def test_a_callback_is_no_coroutine_function(docker: blocking.DockerClient, image: str, callback: str) -> None:
    async def take(_: object) -> None:
        raise AssertionError("not reached")

    called: dict[str, Any] = {callback: take}
    with pytest.raises(InvalidArgument, match=r"a callback must be a plain function here, and .*take is a coroutine"):
        docker.run_container(image, ["echo", "x"], ["--rm"], **called)


@pytest.mark.connections("local")
@pytest.mark.parametrize("kind", ["bytes", "iterable", "file"])
def test_stdin(docker: blocking.DockerClient, image: str, kind: str) -> None:
    whole = b"0123456789abcdef" * 50_000
    parts = (whole[at : at + 70_000] for at in range(0, len(whole), 70_000))
    given = {"bytes": whole, "iterable": parts, "file": io.BytesIO(whole)}[kind]
    result = docker.run_container(image, ["md5sum"], ["--rm", "-i"], stdin=given)  # type: ignore[arg-type]
    assert result.split() == ["45507f17b0e39fc7a1dcf52c03928522", "-"]


@pytest.mark.connections("local")
def test_a_source_yields_bytes(docker: blocking.DockerClient, container: str) -> None:
    given: Any = iter([1, 2])
    with pytest.raises(InvalidArgument, match="a source must yield bytes or str, not int"):
        docker.exec_container(container, ["cat"], ["-i"], stdin=given)


@pytest.mark.connections("local")
def test_an_error_of_a_source_ends_the_work(docker: blocking.DockerClient, image: str, name: Names) -> None:
    mine = name()

    def parts() -> Iterator[bytes]:
        yield b"x"
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        docker.run_container(image, "cat; sleep 600", ["--rm", "-i", "--name", mine], shell=True, stdin=parts())
    assert not docker.container_exists(mine)


def test_iterators(docker: blocking.DockerClient, image: str, name: Names) -> None:
    mine = name()
    docker.run_container(image, "echo one; exec sleep 600", ["-d", "--name", mine], shell=True)
    with docker.container_logs(mine, follow=True) as log:
        assert next(log) == b"one\n"
    with pytest.raises(ContainerNotFound):
        next(docker.container_logs("nobody"))
    assert b"".join(docker.container_logs(mine)) == b"one\n"


def test_a_process(docker: blocking.DockerClient, box: str) -> None:
    with docker.start_exec(box, "while read x; do echo got $x; done; exit 3", ["-i"], shell=True) as process:
        assert process.stdin is not None
        process.stdin.write(b"a\n")
        assert process.stdout.readline() == b"got a\n"
        process.stdin.write(b"b\nc\n")
        process.stdin.close()
        assert list(process.stdout) == [b"got b\n", b"got c\n"]
        assert (process.wait(), process.returncode, process.stderr.read()) == (3, 3, b"")
    with docker.start_exec(box, ["sleep", "600"]) as process:
        assert process.returncode is None
    with pytest.raises(ml_nexus_go.OperationCancelled):
        process.wait()


@pytest.mark.connections("local")
def test_many_threads(docker: blocking.DockerClient, box: str) -> None:
    with ThreadPoolExecutor(20) as pool:
        results = pool.map(lambda n: docker.exec_container(box, ["echo", str(n)]).stdout, range(60))
        assert list(results) == [f"{n}\n" for n in range(60)]


@pytest.mark.connections("local")
async def test_in_the_thread_of_a_running_loop(docker: blocking.DockerClient, image: str) -> None:
    assert asyncio.get_running_loop().is_running()
    assert docker.run_container(image, ["echo", "hello"], ["--rm"]) == "hello\n"


@pytest.mark.connections("local")
def test_a_closed_client(engine: Engine) -> None:
    docker = blocking.connect(engine.target)
    others = set(threading.enumerate())
    assert docker.ping()
    (thread,) = set(threading.enumerate()) - others
    docker.close()
    docker.close()
    assert not thread.is_alive()
    with pytest.raises(ClientClosed, match=r"connect\(\)"):
        docker.ping()


def test_a_client_that_never_connected() -> None:
    with blocking.connect("unix:///nowhere/docker.sock") as docker:
        with pytest.raises(EngineUnreachable):
            docker.ping()


@pytest.mark.connections("local")
@pytest.mark.engines("new")
@pytest.mark.parametrize("what", ["run", "callback"])
def test_ctrl_c_ends_the_work(docker: blocking.DockerClient, engine: Engine, name: Names, what: str) -> None:
    mine = name()
    program = _program(what, engine.target, mine)
    assert program.stdout is not None
    assert program.stdout.readline() == "up\n"
    program.send_signal(signal.SIGINT)
    _, problems = program.communicate(timeout=DEADLINE)
    assert "KeyboardInterrupt" in problems
    assert not docker.container_exists(mine)


def test_files(docker: blocking.DockerClient, container: str, name: Names) -> None:
    volume = docker.create_volume(name.volume()).name
    with docker.open_volume(volume) as opened:
        for content in (b"bytes", [b"by", b"tes"], io.BytesIO(b"bytes")):
            assert docker.write_file(opened.container, opened / "a", content) == 5
            assert docker.read_file(opened.container, opened / "a", encoding="ascii") == "bytes"
        assert b"".join(docker.stream_file(opened.container, opened / "a")) == b"bytes"
    with pytest.raises(ContainerNotFound):
        docker.list_files(opened.container)


@pytest.mark.connections("local")
@pytest.mark.engines("new")
def test_ctrl_c_in_an_iteration(docker: blocking.DockerClient, engine: Engine, image: str, name: Names) -> None:
    mine = name()
    docker.run_container(image, "echo up; exec sleep 600", ["-d", "--name", mine], shell=True)
    program = _program("follow", engine.target, mine)
    assert program.stdout is not None
    assert program.stdout.readline() == "up\n"
    program.send_signal(signal.SIGINT)
    _, problems = program.communicate(timeout=DEADLINE)
    assert "KeyboardInterrupt" in problems
    assert docker.container_is_running(mine)


@pytest.mark.connections("local")
@pytest.mark.engines("new")
def test_a_forked_process(engine: Engine, container: str) -> None:
    said, _ = _program("fork", engine.target, container).communicate(timeout=DEADLINE)
    says = "use multiprocessing's spawn or forkserver, or make the first call after the fork\n"
    assert said == f"this client belongs to the process that was forked: {says}"


@pytest.mark.connections("local")
@pytest.mark.engines("new")
async def test_an_iterator_that_is_dropped_ends_its_operation(
    docker: blocking.DockerClient, image: str, name: Names
) -> None:
    mine = name()
    docker.run_container(image, "echo one; exec sleep 600", ["-d", "--name", mine], shell=True)
    before = (await stats())["operations"]
    log = docker.container_logs(mine, follow=True)
    assert next(log) == b"one\n"
    assert (await stats())["operations"] == before + 1
    del log
    await until(lambda: _operations(before), "the operation ends")


async def _operations(expected: int) -> bool:
    return (await stats())["operations"] == expected


def _program(name: str, target: str, container: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tests.blocking_programs", name, target, container]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
