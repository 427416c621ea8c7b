"""The options of docker exec."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import DockerClient, InvalidArgument

from .support.bed import Engine
from .support.wait import until

pytestmark = pytest.mark.by_turns


@pytest.mark.parametrize(
    "options",
    [
        ["-e", "A=b c", "-e", "B=2", "-w", "/tmp", "-u", "worker"],
        ["-e", "A=b c", "-e B=2 -w /tmp", "--user=1000"],
        "-e 'A=b c' -eB=2 --workdir=/tmp -u 1000:1000",
    ],
    ids=["words", "mixed", "text"],
)
async def test_separate_and_joined_words(client: DockerClient, box: str, options: Any) -> None:
    result = await client.exec_container(box, 'echo "$A|$B|$PWD|$(id -u)"', options, shell=True)
    assert result == "b c|2|/tmp|1000\n"


async def test_environment_files(client: DockerClient, box: str, tmp_path: Path) -> None:
    (tmp_path / "env").write_text("A=from file\n")
    options = ["--env-file", str(tmp_path / "env"), "-e", "B=given"]
    assert await client.exec_container(box, 'echo "$A|$B"', options, shell=True) == "from file|given\n"


async def test_privileged(client: DockerClient, engine: Engine, box: str) -> None:
    # The testbed's machine may itself lack capabilities: what counts is what the engine was told.
    for options, expected in ([], False), (["--privileged"], True):
        process = await client.start_exec(box, ["true"], options)
        about = engine.api_get(f"/exec/{process.exec_id.partition('.')[0]}/json")
        assert about["ProcessConfig"]["privileged"] is expected
        await process.wait()


async def test_detached(client: DockerClient, container: str) -> None:
    result = await client.exec_container(container, "sleep 0.1; echo done > /tmp/mark", ["-d"], shell=True)
    assert (result, result.exit_code) == ("", 0)

    async def written() -> bool:
        return (await client.exec_container(container, ["cat", "/tmp/mark"], check=False)) == "done\n"

    await until(written, "the detached command's file")


async def test_a_terminal(client: DockerClient, box: str) -> None:
    result = await client.exec_container(box, "tty && echo err >&2", ["-t"], shell=True)
    assert result.stdout_bytes == b"/dev/pts/0\r\nerr\r\n" or b"/dev/pts/" in result.stdout_bytes
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--no-such"], "unknown flag: --no-such"),
        (["--rm"], "unknown flag: --rm"),
        (["-u"], "flag needs an argument"),
        (["--env-file", "/no/such"], "/no/such"),
        (["stray"], "stray"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
async def test_a_bad_option_is_refused(client: DockerClient, box: str, options: list[str], says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        await client.exec_container(box, ["true"], options)


async def test_options_of_a_wrong_type(client: DockerClient, box: str) -> None:
    for options in (5, {"-e": "x"}, [1], b"-t"):
        with pytest.raises(InvalidArgument, match="options"):
            await client.exec_container(box, ["true"], options)  # type: ignore[arg-type]
