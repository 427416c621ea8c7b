"""What the event bus receives, and that it cannot harm the job."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from ml_nexus_go import CommandFailed, ImageNotFound, LocalDockerClient
from ml_nexus_go.injection import SystemCallEnd, SystemCallStart, SystemCallStdErr, SystemCallStdOut
from ml_nexus_go.injection._texts import command_text

from ..support.wait import DEADLINE, until
from .conftest import IMAGE, Project
from .standins import import_ml_nexus


class Bus:
    def __init__(self) -> None:
        self.events: list[Any] = []

    async def __call__(self, event: Any) -> None:
        self.events.append(event)

    def told(self) -> list[tuple[str, Any]]:
        """The events of the first operation."""
        first = self.events[0].id
        kinds = [(type(event).__name__.removeprefix("SystemCall"), event) for event in self.events if event.id == first]
        return [(kind, getattr(event, "text", getattr(event, "code", event.command))) for kind, event in kinds]


@pytest.fixture
def bus() -> Bus:
    return Bus()


async def client_of(project: Project, bus: Any) -> Any:
    return await project.provide("ml_nexus_default_docker_client", ml_nexus_system_call_event_bus=bus)


async def test_start_lines_and_end_in_order(local_project: Project, bus: Bus) -> None:
    client = await client_of(local_project, bus)
    assert isinstance(client, LocalDockerClient)
    script = "echo one; echo two words; printf unfinished; exit 3"
    with pytest.raises(CommandFailed) as caught:
        await client.run_container(IMAGE, ["sh", "-c", script], ["--rm", "-e", "TOKEN=hidden"])
    assert caught.value.stdout == "one\ntwo words\nunfinished"
    command = f"docker -H {local_project.place.target} run --rm -e 'TOKEN=***' {IMAGE} sh -c '{script}'"
    assert bus.told() == [
        ("Start", command),
        ("StdOut", b"one\n"),
        ("StdOut", b"two words\n"),
        ("StdOut", b"unfinished\n"),
        ("End", 3),
    ]
    assert {type(event) for event in bus.events} == {SystemCallStart, SystemCallStdOut, SystemCallEnd}


async def test_stderr_and_bytes_that_are_no_text(local_project: Project, bus: Bus) -> None:
    client = await client_of(local_project, bus)
    result = await client.run_container(IMAGE, ["sh", "-c", "printf '\\377\\n' >&2"], ["--rm"])
    assert result.stderr_bytes == b"\xff\n"
    assert ("StdErr", "\N{REPLACEMENT CHARACTER}\n".encode()) in bus.told()
    assert isinstance(bus.events[1], SystemCallStdErr)


async def test_each_operation_is_told_once(local_project: Project, bus: Bus) -> None:
    client = await client_of(local_project, bus)
    await client.container_exists("mlng-no-such")
    with pytest.raises(ImageNotFound):
        await client.remove_image("mlng-no-such-image")
    await client.ping()
    kinds = [type(event).__name__.removeprefix("SystemCall") for event in bus.events]
    assert kinds == ["Start", "End", "Start", "StdErr", "End"]
    assert [event.code for event in bus.events if isinstance(event, SystemCallEnd)] == [0, 1]
    assert bus.events[2].command.endswith("rmi mlng-no-such-image")


async def test_a_process_that_is_started_ends_later(local_project: Project, bus: Bus) -> None:
    client = await client_of(local_project, bus)
    process = await client.start_run(IMAGE, ["sh", "-c", "read x; echo got $x; exit 4"], ["-i", "--rm"])
    assert await process.communicate(b"it\n") == (b"got it\n", b"")
    await until(lambda: bus.told()[-1][0] == "End", "the end is told")
    assert [what for what, _ in bus.told()] == ["Start", "StdOut", "End"]
    assert bus.told()[-1] == ("End", 4)


async def test_a_cancelled_operation_ends(local_project: Project, bus: Bus) -> None:
    client = await client_of(local_project, bus)
    begun = asyncio.Event()
    command = ["sh", "-c", "echo begun; sleep 300"]
    task = asyncio.create_task(client.run_container(IMAGE, command, ["--rm"], on_stdout=lambda _: begun.set()))
    await asyncio.wait_for(begun.wait(), DEADLINE)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await until(lambda: bus.told()[-1][0] == "End", "the end is told")
    assert bus.told()[-1] == ("End", 130)


async def test_environments_tell_what_they_do(local_project: Project, bus: Bus) -> None:
    make = await local_project.provide("new_DockerHostEnvironment", ml_nexus_system_call_event_bus=bus)
    local_project.resource("data", x="1")
    environment = make(
        project=local_project.project, docker_builder=local_project.builder(), image_tag=local_project.tag
    )
    await environment.run_script("echo visible")
    commands = [event.command for event in bus.events if isinstance(event, SystemCallStart)]
    assert any("sync-to-host" in command for command in commands)
    assert commands[-1].endswith("bash /usr/local/bin/base64_runner.sh")
    assert any(getattr(event, "text", b"") == b"visible\n" for event in bus.events)


async def test_a_bus_that_raises_does_no_harm(local_project: Project, caplog: pytest.LogCaptureFixture) -> None:
    async def bus(event: Any) -> None:
        raise RuntimeError("the display is broken")

    client = await client_of(local_project, bus)
    with caplog.at_level(logging.WARNING, "ml_nexus_go"):
        assert await client.run_container(IMAGE, ["echo", "fine"], ["--rm"]) == "fine\n"
    assert caplog.text.count("the display is broken") == 1


async def test_a_plain_function_is_a_bus_too(local_project: Project) -> None:
    events: list[Any] = []
    client = await client_of(local_project, events.append)
    await client.list_containers()
    assert [type(event) for event in events] == [SystemCallStart, SystemCallEnd]


async def test_a_bus_that_hangs_stalls_nothing(local_project: Project) -> None:
    forever = asyncio.Event()

    async def bus(event: Any) -> None:
        await forever.wait()

    client = await client_of(local_project, bus)
    command = ["sh", "-c", "seq 1 300000"]
    result = await asyncio.wait_for(client.run_container(IMAGE, command, ["--rm"]), DEADLINE)
    assert result.endswith("\n300000\n")
    forever.set()


async def test_a_slow_bus_is_told_what_was_left_out(local_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_nexus_go.injection._events._MAX_WAITING", 1000)
    seen: list[Any] = []
    ran, ended = asyncio.Event(), asyncio.Event()

    async def bus(event: Any) -> None:
        await ran.wait()
        seen.append(event)
        if isinstance(event, SystemCallEnd):
            ended.set()

    client = await client_of(local_project, bus)
    await client.run_container(IMAGE, ["seq", "1", "100000"], ["--rm"])
    ran.set()
    await asyncio.wait_for(ended.wait(), DEADLINE)
    assert len(seen) < 5000
    assert any(b"left out" in getattr(event, "text", b"") for event in seen)


async def test_events_are_of_ml_nexus_classes_once_imported(
    local_project: Project, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = import_ml_nexus(monkeypatch)
    client = await client_of(local_project, bus)
    await client.list_containers()
    assert [type(event) for event in bus.events] == [foreign.SystemCallStart, foreign.SystemCallEnd]


async def test_no_secret_is_in_a_command(local_project: Project, bus: Bus) -> None:
    client = await client_of(local_project, bus)
    options = ["-e A=hidden1 --env=B=hidden2", "--env", "C=hidden3", "-eD=hidden4", "--rm"]
    await client.run_container(IMAGE, ["true"], options)
    assert "hidden" not in bus.events[0].command
    assert "--rm" in bus.events[0].command


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (["-e", "K=hidden"], "-e 'K=***'"),
        (["-eK=hidden", "--rm"], "'-eK=***' --rm"),
        (["-e=K=hidden"], "'-e=K=***'"),
        (["-ite", "K=hidden -e"], "-ite 'K=***'"),
        (["-e K=hidden --rm"], "-e 'K=***' --rm"),
        (["--env=K=hidden words"], "'--env=K=***'"),
        (["--env", "K", "--name", "env"], "--env K --name env"),
        (["--env-file", "list", "--entrypoint=e"], "--env-file list --entrypoint=e"),
        ("--build-arg K=hidden -t x", "--build-arg 'K=***' -t x"),
    ],
)
def test_values_of_variables_are_not_told(options: Any, shown: str) -> None:
    assert command_text("", "run_container", ("image", "", options), {}) == f"docker run {shown} image"
