"""Invalid requests, and valid ones that come close to it."""

from __future__ import annotations

from typing import Any

import pytest

from ml_nexus_go import DockerClient, InvalidArgument

from .support.names import Names

pytestmark = pytest.mark.by_turns


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["echo", "a\x00b"], "NUL"),
        ("echo a\x00b", "NUL"),
        (["echo", 5], "int"),
        (b"echo", "bytes"),
        ({"echo": "x"}, "dict"),
        (5, "int"),
        (["echo", "\ud800"], "UTF-8"),
    ],
)
async def test_bad_commands(client: DockerClient, image: str, box: str, name: Names, command: Any, says: str) -> None:
    mine = name()
    with pytest.raises(InvalidArgument, match=says):
        await client.exec_container(box, command)
    with pytest.raises(InvalidArgument, match=says):
        await client.run_container(image, command, ["--name", mine])
    assert not await client.container_exists(mine)


async def test_an_empty_first_word(client: DockerClient, image: str, box: str) -> None:
    with pytest.raises(InvalidArgument, match="empty"):
        await client.exec_container(box, [""])
    with pytest.raises(Exception) as failure:  # noqa: PT011
        await client.run_container(image, [""], ["--rm"])
    assert type(failure.value).__name__ in ("InvalidArgument", "CommandFailed")


@pytest.mark.parametrize(
    ("keywords", "says"),
    [
        ({"on_stdout": 5}, "on_stdout must be a function"),
        ({"on_stderr": "print"}, "on_stderr must be a function"),
        ({"on_line": "print"}, "on_line must be a function that takes a str"),
        ({"check": "no"}, "check must be True or False"),
        ({"shell": 1}, "shell must be True or False"),
    ],
)
async def test_keywords_of_a_wrong_type(
    client: DockerClient, image: str, box: str, name: Names, keywords: dict[str, Any], says: str
) -> None:
    mine = name()
    with pytest.raises(InvalidArgument, match=says):
        await client.exec_container(box, "true", **keywords)
    with pytest.raises(InvalidArgument, match=says):
        await client.run_container(image, "true", ["--name", mine], **keywords)
    assert not await client.container_exists(mine)


async def test_other_keywords_of_a_wrong_type(client: DockerClient, box: str) -> None:
    with pytest.raises(InvalidArgument, match="force must be true or false, not text"):
        await client.remove_container(box, force="no")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="rows must be a whole number that is not negative"):
        await client.resize_container(box, -1, 5)
    assert await client.container_is_running(box)


@pytest.mark.parametrize("stdin", [b"x", ""])
async def test_input_of_what_runs_detached(
    client: DockerClient, image: str, box: str, name: Names, stdin: str | bytes
) -> None:
    mine = name()
    with pytest.raises(InvalidArgument, match="leave out stdin or -d"):
        await client.run_container(image, ["cat"], ["-d", "--name", mine], stdin=stdin)
    with pytest.raises(InvalidArgument, match="leave out stdin or -d"):
        await client.exec_container(box, ["cat"], ["-d"], stdin=stdin)
    assert not await client.container_exists(mine)
    process = await client.start_run(image, ["cat"], ["-dit", "--name", mine])
    assert await client.container_is_running(mine), await process.wait()


async def test_empty_words_are_words(client: DockerClient, image: str, box: str) -> None:
    script = ["sh", "-c", 'echo "$#:$1:$2"', "sh", "", " a "]
    assert await client.exec_container(box, script) == "2:: a \n"
    assert await client.run_container(image, script, ["--rm"]) == "2:: a \n"


@pytest.mark.parametrize("size", [200_000, 3_000_000])
async def test_arguments_that_the_kernel_does_not_take(
    client: DockerClient, image: str, box: str, name: Names, size: int
) -> None:
    """One word of over 128 KiB, and over 2 MiB in all."""
    mine = name()
    words = ["echo", "x" * size] if size < 10**6 else ["echo", *["x" * 100_000] * (size // 100_000)]
    with pytest.raises(InvalidArgument, match="longer than the kernel takes"):
        await client.exec_container(box, words)
    with pytest.raises(InvalidArgument, match="longer than the kernel takes"):
        await client.run_container(image, words, ["--name", mine])
    assert not await client.container_exists(mine)


async def test_a_long_argument_that_the_kernel_takes(client: DockerClient, image: str, box: str) -> None:
    words = ["sh", "-c", 'echo "${#1} ${#2}"', "sh", "x" * 120_000, "y" * 120_000]
    assert await client.exec_container(box, words) == "120000 120000\n"
    assert await client.run_container(image, words, ["--rm"]) == "120000 120000\n"


async def test_a_long_script_by_stdin(client: DockerClient, box: str) -> None:
    script = "# " + "x" * 1_000_000 + "\necho done\n"
    assert await client.exec_container(box, ["sh"], stdin=script) == "done\n"


async def test_words_of_all_kinds_arrive_as_they_are(client: DockerClient, image: str, box: str) -> None:
    words = ["$HOME", "`id`", "a\nb", "*", "'", '"', "\\", "ü€😀", "-x", "--", "#", "\x01\x7f", "~", "!"]
    command = ["printf", "%s|", *words]
    expected = "|".join(words) + "|"
    assert await client.exec_container(box, command) == expected
    assert await client.run_container(image, command, ["--rm"]) == expected


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), "5", True])
async def test_bad_times(client: DockerClient, image: str, box: str, timeout: Any) -> None:
    for call in (
        client.exec_container(box, ["true"], timeout=timeout),
        client.run_container(image, ["true"], timeout=timeout),
        client.start_exec(box, ["true"], timeout=timeout),
        client.copy_to_container(__file__, box, "/tmp/never", timeout=timeout),
    ):
        with pytest.raises(InvalidArgument, match="timeout"):
            await call


@pytest.mark.parametrize("image_name", [None, 5, b"busybox", ["busybox"]])
async def test_images_of_a_wrong_type(client: DockerClient, image_name: Any) -> None:
    with pytest.raises(InvalidArgument, match="image must be a str"):
        await client.run_container(image_name, ["true"])


async def test_the_images_own_command(client: DockerClient, noshell_image: str, image: str) -> None:
    own: tuple[str | list[str] | None, ...] = (None, "", [])
    for command in own:
        assert (await client.run_container(noshell_image, command, ["--rm"])).exit_code == 0
    result = await client.run_container(image, None, ["--rm", "-i"], stdin="echo by its shell")
    assert result == "by its shell\n"


async def test_secrets_in_options_are_not_repeated(client: DockerClient, image: str) -> None:
    with pytest.raises(InvalidArgument) as failure:
        await client.run_container(image, ["true"], ["-e", "TOKEN=hunter2", "--no-such-option"])
    assert "hunter2" not in f"{failure.value} {failure.value!r} {failure.value.details}"
