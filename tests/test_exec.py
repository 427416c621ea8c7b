"""exec_container: what docker exec does."""

from __future__ import annotations

import pytest

from ml_nexus_go import CommandFailed, DockerClient, InvalidArgument


async def test_the_result_is_the_output_as_text(client: DockerClient, box: str) -> None:
    result = await client.exec_container(box, ["echo", "hello"])
    assert (result, result.exit_code, result.stderr) == ("hello\n", 0, "")


async def test_a_string_is_split_as_a_shell_splits_words(client: DockerClient, box: str) -> None:
    assert await client.exec_container(box, "printf '%s|' 'a b' $HOME \"c\"") == "a b|$HOME|c|"


async def test_an_unbalanced_quote_is_refused(client: DockerClient, box: str) -> None:
    with pytest.raises(InvalidArgument, match="quote"):
        await client.exec_container(box, "echo 'a")


@pytest.mark.parametrize("command", ["", []])
async def test_an_empty_command_is_refused(client: DockerClient, box: str, command: str | list[str]) -> None:
    with pytest.raises(InvalidArgument):
        await client.exec_container(box, command)


async def test_a_failing_command_raises(client: DockerClient, box: str) -> None:
    with pytest.raises(CommandFailed) as failure:
        await client.exec_container(box, "echo out; echo err >&2; exit 4", shell=True)
    assert (failure.value.exit_code, failure.value.stdout, failure.value.stderr) == (4, "out\n", "err\n")
    assert failure.value.op == "exec_container"
