"""Options that ml_nexus gave to a shell: what the shell replaced in them is still replaced."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import DockerClient, ForwardingDockerClient, InvalidArgument, RunOptions
from ml_nexus_go._arguments.checks import Word
from ml_nexus_go._arguments.shell_text import expanded
from ml_nexus_go.environments import DockerMount

from .conftest import IMAGE, Project

ENVIRON = {
    "HOME": "/home/ada",
    "TOK": "secret",
    "TWO": "two words",
    "EMPTY": "",
    "FLAGS": "--rm --label a=b",
    "DOLLAR": "$TOK `x` ~",
    "MINUS": "a -b",
}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (None, []),
        (["-e", "TOK=$TOK"], ["-e", "TOK=secret"]),
        (["-e TOK=$TOK"], ["-e", "TOK=secret"]),
        ("-e TOK=${TOK}x --rm", ["-e", "TOK=secretx", "--rm"]),
        (" --build-arg A=$TOK ", ["--build-arg", "A=secret"]),
        (["-v", "~/x:/y"], ["-v", "/home/ada/x:/y"]),
        (["-v ~/x:/y", "-v", "$HOME/x:/y"], ["-v", "/home/ada/x:/y", "-v", "/home/ada/x:/y"]),
        (["-v", "~"], ["-v", "/home/ada"]),
        (["-v ~:/y"], ["-v", "/home/ada:/y"]),  # as bash does
        (["-v", "~root/x:/y"], ["-v", "/root/x:/y"]),
        (["-v", "~nobody-of-this-name/x:/y"], ["-v", "~nobody-of-this-name/x:/y"]),
        (["-v", "/a~b:/~/x"], ["-v", "/a~b:/~/x"]),
        (["-e", "A=$TWO"], ["-e", "A=two words"]),
        (["-e A=$TWO --rm"], ["-e", "A=two words", "--rm"]),
        (["--env=A=$TWO"], ["--env", "A=two words"]),
        (["--env=A=$MINUS"], ["--env", "A=a -b"]),
        (["-eA=$MINUS"], ["-e", "A=a -b"]),
        (["-e", "A=$UNSET-$EMPTY."], ["-e", "A=-."]),
        (["-e", "A='$TOK'"], ["-e", "A=$TOK"]),
        (["-e 'A=$TOK ~'"], ["-e", "A=$TOK ~"]),
        (["-e", r"A=\$TOK"], ["-e", "A=$TOK"]),
        ([r"-e A=\$TOK"], ["-e", "A=$TOK"]),
        (['-e "A=$TWO \\"x\\" it\'s"'], ["-e", 'A=two words "x" it\'s']),
        (["-e", 'A={"a": "$TOK", "b": \'c\'}'], ["-e", 'A={"a": "secret", "b": \'c\'}']),
        (["-e", "A='b c'"], ["-e", "A='b c'"]),  # nothing to prevent: a word is as it is
        (["-e", "A=it's $TOK"], ["-e", "A=it's secret"]),
        (["-e", "A=$1 $ $$ 5$"], ["-e", "A=$1 $ $$ 5$"]),
        (["-e", "A=$DOLLAR"], ["-e", "A=$TOK `x` ~"]),
        (["$FLAGS", "-i"], ["--rm", "--label", "a=b", "-i"]),
        (["$EMPTY", "-i"], ["-i"]),
        (["--name", '"$TOK"'], ["--name", '"secret"']),
        ([Word("$TOK"), Word("~/x")], ["$TOK", "~/x"]),
    ],
)
def test_options_are_read_as_a_shell_reads_them(options: Any, words: list[str]) -> None:
    assert expanded(options, ENVIRON) == words
    assert expanded(expanded(options, ENVIRON), ENVIRON) == words


@pytest.mark.parametrize(
    "joined",
    [
        "-v ~/x:/y -e TOK=$TOK -e 'A=$TOK' -e B=\"${TWO}'s\" -e C=\\$TOK --label=${TOK}x'$TOK'",
        '-e "$TWO"=1 -e ""  --x "~/x" \'~\' \\~ ~/"$TWO"',
        "-e A=$TOK$EMPTY$UNSET. -e \"a\\`b\\\\c\\d\" 'it'\"'\"'s'",
    ],
)
def test_joined_options_become_the_words_that_sh_makes_of_them(joined: str) -> None:
    script = f"for word in {joined}; do printf '%s\\0' \"$word\"; done"
    environ = {**ENVIRON, "PATH": "/usr/bin:/bin"}
    by_sh = subprocess.run(["sh", "-c", script], env=environ, capture_output=True, text=True, check=True).stdout
    assert expanded(joined, ENVIRON) == by_sh.split("\0")[:-1]


@pytest.mark.parametrize(
    ("option", "named"),
    [
        ("-u $(id -u)", r"\$\("),
        ("A=`id`", "'`i'"),
        ("A=${B:-c}", r"\$\{B' with more"),
        ("A=${-", r"\$\{' with more"),
        ("-e 'A=$TOK", "single quotes"),
        ('-e "A=$TOK', "double quotes"),
    ],
)
def test_what_only_a_shell_can_do_is_refused(option: str, named: str) -> None:
    with pytest.raises(InvalidArgument, match=named) as caught:
        expanded([f"{option}s3cret"], ENVIRON)
    assert "s3cret" not in str(caught.value)
    assert "option '-" in str(caught.value) or "option 'A'" in str(caught.value)


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch, local_project: Project) -> Path:
    """HOME is a folder with a file; the other variables of ENVIRON."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    home = local_project.folder("ho me", file="at home")
    monkeypatch.setenv("HOME", str(home))
    return home


SCRIPT = "cat /h/file; echo; echo $A/$B/$C"
OPTIONS = ["-v ~:/h", "-e", "A=$TOK", "-e B=$TWO", "-e", "C='$TOK'"]


@pytest.mark.parametrize("kind", ["host_environment", "from_schematics", "persistent"])
async def test_options_of_an_environment(local_project: Project, variables: Path, kind: str) -> None:
    environment = await getattr(local_project, kind)(docker_options=[*OPTIONS])
    assert "at home\nsecret/two words/$TOK\n" in await environment.run_script(SCRIPT)


async def test_options_of_an_environment_with_a_client_of_its_own(local_project: Project, variables: Path) -> None:
    async with local_project.place.connect() as client:
        environment = await local_project.host_environment(
            docker_options=[*OPTIONS], docker_client=ForwardingDockerClient(client)
        )
        assert "at home\nsecret/two words/$TOK\n" in await environment.run_script(SCRIPT)


async def test_options_of_the_designs_clients(local_project: Project, variables: Path) -> None:
    name = local_project.names("box")

    async def bus(event: object) -> None: ...

    for client in (
        await local_project.client(),
        await local_project.provide("ml_nexus_default_docker_client", ml_nexus_system_call_event_bus=bus),
    ):
        assert isinstance(client, DockerClient)
        words = ["sh", "-c", SCRIPT]
        assert await client.run_container(IMAGE, words, ["--rm", *OPTIONS]) == "at home\nsecret/two words/$TOK\n"
        process = await client.start_run(IMAGE, words, ["--rm", *OPTIONS])
        assert process.stdout is not None
        assert await process.stdout.read() == b"at home\nsecret/two words/$TOK\n"
        await process.wait()
        await client.run_container(IMAGE, "sleep 60", ["-d", "--rm", "--name", name])
        assert await client.exec_container(name, ["sh", "-c", "echo $A"], "-e A=$TWO") == "two words\n"
        process = await client.start_exec(name, ["sh", "-c", "echo $A"], ["-e", "A=$TWO"])
        assert process.stdout is not None
        assert await process.stdout.read() == b"two words\n"
        await process.wait()
        await client.remove_container(name, force=True)


async def test_no_shell_reads_typed_options(local_project: Project, variables: Path) -> None:
    client = await local_project.client()
    assert isinstance(client, DockerClient)
    options = RunOptions(rm=True, env={"A": "~/$TOK", "B": "-e C=1"})
    assert await client.run_container(IMAGE, ["sh", "-c", 'echo "$A|$B|$C"'], options) == "~/$TOK|-e C=1|\n"


async def test_options_of_a_build(local_project: Project, variables: Path) -> None:
    context = local_project.folder("con text", Dockerfile=f"FROM {IMAGE}\nARG A\nRUN echo $A >/built\n")
    build = await local_project.provide("a_build_docker")
    client = await local_project.client()
    for options in (" --build-arg A=$TWO ", "--build-arg A='$TWO'"):
        tag = await build(tag=local_project.names.image(), context_dir=context, options=options)
        made = await client.run_container(tag, "cat /built", "--rm")
        assert made == ("two words\n" if "'" not in options else "$TWO\n")
    tag = local_project.names.image()
    await client.build_image(context, tag, ["--build-arg", "A=$TOK"])
    assert await client.run_container(tag, "cat /built", "--rm") == "secret\n"


async def test_paths_of_mounts_are_no_text_for_a_shell(local_project: Project, variables: Path) -> None:
    source = local_project.folder("$TOK ${TWO} `x`", file="in the folder")
    environment = await local_project.host_environment(
        additional_mounts=[DockerMount(source, Path("/h")), DockerMount(source, Path("/$TOK"))]
    )
    assert "in the folderin the folder" in await environment.run_script("cat /h/file '/$TOK/file'")


async def test_a_client_of_connect_replaces_nothing(local_project: Project, variables: Path) -> None:
    async with local_project.place.connect() as client:
        said = await client.run_container(IMAGE, ["sh", "-c", "echo $A"], ["--rm", "-e", "A=$TOK"])
    assert said == "$TOK\n"


@pytest.mark.parametrize("text", ["echo hi > f", "true && echo after", "echo $(date)", "echo `date`", "ls | wc"])
async def test_a_command_for_a_shell_names_shell(local_project: Project, text: str) -> None:
    client = await local_project.client()
    for call in (client.run_container(IMAGE, text), client.exec_container("no-such-container", text)):
        with pytest.raises(InvalidArgument, match="shell=True"):
            await call
    assert local_project.containers(IMAGE) == []
    await client.run_container(IMAGE, shlex.quote("true"), "--rm")
