"""The environment at the time of the call: what options refer to is read then."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import DockerClient, InvalidArgument
from ml_nexus_go._arguments.environ import Environ

from .support.builds import fresh
from .support.names import Names

pytestmark = pytest.mark.by_turns

Connect = Callable[..., DockerClient]
Says = Callable[..., Any]

SHOW = ["sh", "-c", 'echo "${MLNG_A-none}/${MLNG_B-none}"']


@pytest.fixture(params=["run", "exec"])
def says(request: pytest.FixtureRequest, image: str, box: str) -> Says:
    """A function that returns what a process sees of two variables."""

    async def ask(client: DockerClient, *options: str) -> str:
        if request.param == "run":
            return (await client.run_container(image, SHOW, ["--rm", *options])).strip()
        return (await client.exec_container(box, SHOW, list(options))).strip()

    return ask


@pytest.mark.parametrize(
    "options",
    [
        ["-e", "MLNG_A,B"],
        ["-eMLNG_A,B"],
        ["-ite=MLNG_A,B"],
        ["--rm --env MLNG_A,B"],
        ["--env='MLNG_A,B'"],
        [r"-e MLNG_A\,B"],
        ["-e 'MLNG'_A,B"],
        ["--rm", r"-d \-e MLNG_A,B"],
    ],
)
def test_every_name_that_docker_would_look_up_is_sent(options: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLNG_A,B", "1")
    assert Environ().named_by({}, options).get("MLNG_A,B") == "1"


async def test_a_name_without_a_value_is_looked_up_at_the_call(
    client: DockerClient, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLNG_B", "before")
    await client.ping()
    for options in (["-e", "MLNG_A", "-e", "MLNG_B"], ["-e MLNG_A -eMLNG_B"], ["--env=MLNG_A", "--env", "MLNG_B"]):
        monkeypatch.setenv("MLNG_A", "first value")
        monkeypatch.setenv("MLNG_B", "second ä")
        assert await says(client, *options) == "first value/second ä"
        monkeypatch.setenv("MLNG_A", "third")
        monkeypatch.delenv("MLNG_B")
        assert await says(client, *options) == "third/none"


async def test_a_variable_that_is_gone_is_gone(
    connect_to: Connect, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLNG_A", "when the client was made")
    client = connect_to()
    assert await says(client, "-e", "MLNG_A") == "when the client was made/none"
    monkeypatch.delenv("MLNG_A")
    assert await says(client, "-e", "MLNG_A") == "none/none"


async def test_names_in_a_file(
    client: DockerClient, says: Says, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "some file.env"
    file.write_text("MLNG_A\nMLNG_B=file\n# MLNG_B\n")
    await client.ping()
    for value in ("one", "two"):
        monkeypatch.setenv("MLNG_A", value)
        assert await says(client, "--env-file", str(file)) == f"{value}/file"
        assert await says(client, f"--env-file='{file}' -e MLNG_B=option") == f"{value}/option"


async def test_an_environment_that_was_given_stands_for_both(
    connect_to: Connect, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"MLNG_A": "given"}
    client = connect_to(environ=given)
    monkeypatch.setenv("MLNG_A", "of the process")
    monkeypatch.setenv("MLNG_B", "of the process")
    given["MLNG_A"] = "changed afterwards"
    assert await says(client, "-e", "MLNG_A", "-e", "MLNG_B") == "given/none"


async def test_variables_of_the_connection_are_values_like_others(
    client: DockerClient, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.ping()
    monkeypatch.setenv("HOME", "/somewhere/else")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    monkeypatch.setenv("MLNG_A", "a")
    assert await says(client, "-e", "MLNG_A", "-e", "HOME", "-e", "DOCKER_HOST") == "a/none"


async def test_the_platform_is_what_the_variable_says_now(
    client: DockerClient, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await client.run_container(image, "echo fine", "--rm") == "fine\n"
    monkeypatch.setenv("DOCKER_DEFAULT_PLATFORM", "no platform")
    with pytest.raises(InvalidArgument, match="no platform"):
        await client.run_container(image, "echo fine", "--rm")
    monkeypatch.delenv("DOCKER_DEFAULT_PLATFORM")
    assert await client.run_container(image, "echo fine", "--rm") == "fine\n"


async def test_an_exec_without_options_looks_at_no_variable(
    client: DockerClient, box: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the environment was looked at")

    monkeypatch.setattr("ml_nexus_go._arguments.environ.Environ._differing", never)
    assert await client.exec_container(box, ["echo", "x"]) == "x\n"
    with pytest.raises(AssertionError, match="looked at"):
        await client.exec_container(box, ["echo", "x"], ["-e", "MLNG_A"])


async def test_two_calls_at_once_see_their_own_moments(
    client: DockerClient, box: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def one(number: int) -> str:
        monkeypatch.setenv("MLNG_A", str(number))
        call = client.exec_container(box, SHOW, ["-e", "MLNG_A"])
        return await call

    await client.ping()
    tasks = [asyncio.ensure_future(one(number)) for number in range(20)]
    assert await asyncio.gather(*tasks) == [f"{number}/none\n" for number in range(20)]


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
async def test_a_build_argument_without_a_value(
    client: DockerClient, name: Names, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, builder: str
) -> None:
    here = tmp_path / "context"
    here.mkdir()
    steps = ("ARG MLNG_A=default", "ARG HTTP_PROXY", "RUN echo $MLNG_A $HTTP_PROXY >/w")
    here.joinpath("Dockerfile").write_text(fresh(*steps))
    await client.ping()
    for value in ("one", "two"):
        monkeypatch.setenv("MLNG_A", value)
        monkeypatch.setenv("HTTP_PROXY", f"http://{value}.invalid")
        tag = name.image()
        await client.build_image(here, tag, "--build-arg MLNG_A --build-arg HTTP_PROXY", builder=builder)
        assert await client.run_container(tag, ["cat", "/w"], ["--rm"]) == f"{value} http://{value}.invalid\n"
    monkeypatch.delenv("MLNG_A")
    tag = name.image()
    await client.build_image(here, tag, "--build-arg MLNG_A", builder=builder)
    assert await client.run_container(tag, ["cat", "/w"], ["--rm"]) == "default\n"


async def test_the_builder_is_what_the_variable_says_now(
    client: DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.joinpath("Dockerfile").write_text("FROM scratch\nLABEL a=b\n")
    await client.ping()
    monkeypatch.setenv("DOCKER_BUILDKIT", "neither")
    with pytest.raises(InvalidArgument, match="DOCKER_BUILDKIT"):
        await client.build_image(tmp_path)
    monkeypatch.setenv("DOCKER_BUILDKIT", "0")
    with pytest.raises(InvalidArgument, match="classic builder"):
        await client.build_image(tmp_path, None, "--secret id=x,src=/etc/hostname")


@pytest.mark.parametrize("option", ["id=mlng,env=MLNG_A", "id=MLNG_A"])
async def test_a_secret_of_the_environment(
    client: DockerClient, name: Names, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    file = "mlng" if "env" in option else "MLNG_A"
    step = f"RUN --mount=type=secret,id={file} md5sum </run/secrets/{file} >/sum"
    tmp_path.joinpath("Dockerfile").write_text(fresh(step))
    monkeypatch.setenv("MLNG_A", "when the client was made")
    await client.ping()
    for value in ("one", "two"):
        monkeypatch.setenv("MLNG_A", value)
        tag = name.image()
        await client.build_image(tmp_path, tag, ["--no-cache", "--secret", option])
        wanted = hashlib.md5(value.encode()).hexdigest() + "  -\n"
        assert await client.run_container(tag, ["cat", "/sum"], ["--rm"]) == wanted
    monkeypatch.delenv("MLNG_A")
    with pytest.raises((InvalidArgument, FileNotFoundError), match="MLNG_A"):
        await client.build_image(tmp_path, None, ["--secret", option])


async def test_the_ssh_agent_of_a_build(client: DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.joinpath("Dockerfile").write_text(fresh('RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK"'))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    await client.ping()
    with pytest.raises(InvalidArgument, match="SSH_AUTH_SOCK"):
        await client.build_image(tmp_path, None, "--ssh default")
    with socket.socket(socket.AF_UNIX) as agent:  # nobody asks it anything
        agent.bind(str(tmp_path / "agent"))
        agent.listen()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        await client.build_image(tmp_path, None, "--ssh default --progress plain")
