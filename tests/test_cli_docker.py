"""The command line beside docker's own: its flags, its exit codes and its tables."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ml_nexus_go import InvalidArgument
from ml_nexus_go._calls.ask import ask
from ml_nexus_go._wire.generated.methods import OPTIONS_READ
from ml_nexus_go.cli.app import app

from .support.bed import Engine, part
from .support.command import Cli, Terminal
from .support.names import Names

# Docker's flags that a command lacks, and why.
LEFT_OUT = {
    ("attach", "--sig-proxy"): "the container goes on, however an attachment ends",
    ("logs", "--details"): "the attributes of a log driver are those of its container's options",
    ("pull", "--disable-content-trust"): "docker has no content trust any more",
    ("push", "--disable-content-trust"): "docker has no content trust any more",
    ("stats", "--all"): "what does not run uses nothing",
    ("stats", "-a"): "the same",
}
COMMANDS = ("attach", "build", "cp", "events", "exec", "logs", "ps", "pull", "push", "run", "stats")


def flags_of(command: str) -> set[str]:
    """Return the flags of docker's help, long and short."""
    words = [part("docker-cli")["path"], command, "--help"]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\s+(?:-\w, )?(--[a-z0-9-]+)", told, re.MULTILINE)) | set(
        re.findall(r"^\s+(-\w), --", told, re.MULTILINE)
    )


async def ours(command: str, flags: set[str]) -> set[str]:
    """Return those of docker's flags that our command takes."""
    if command not in ("run", "exec"):
        params = app.commands[command].params
        return {option for one in params for option in (*one.opts, *one.secondary_opts)} & flags
    taken = set()
    for flag in flags:
        try:
            await ask(OPTIONS_READ({"command": command, "options": [f"{flag}=true"], "operands": True}))
        except InvalidArgument as error:
            if "unknown" in error.message:
                continue
        taken.add(flag)
    return taken


@pytest.mark.parametrize("command", COMMANDS)
async def test_dockers_flags(testbed: None, command: str) -> None:
    flags = flags_of(command)
    assert len(flags) > 2
    left_out = {flag for name, flag in LEFT_OUT if name == command}
    assert await ours(command, flags) == flags - left_out
    assert left_out <= flags


@pytest.mark.connections("local")
@pytest.mark.engines("new")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("run --nosuch x", "unknown flag: --nosuch"),
        ("run", "run needs an image"),
        ("run --rm mlng-busybox nosuch", "nosuch"),
        ("run -it mlng-busybox sh", "is not a terminal"),
        ("exec nobody true", "No such container: nobody"),
        ("exec nobody", "exec needs a container and a command"),
        ("exec --nosuch nobody true", "unknown flag: --nosuch"),
        ("ps --filter nosuch=1", "nosuch"),
        ("ps --filter x", "NAME=VALUE"),
        ("ps -n x", "'x'"),
        ("ps x", "x"),
        ("cp a b", "CONTAINER:PATH"),
        ("logs nobody", "nobody"),
        ("logs", "CONTAINER"),
        ("attach --nosuch x", "--nosuch"),
        ("pull", "IMAGE"),
        ("build nosuch", "nosuch"),
        ("stats --no-stream nobody", "nobody"),
        ("nosuch", "No such command"),
    ],
)
def test_bad_input_exits_as_docker_does(cli: Cli, engine: Engine, words: str, says: str) -> None:
    theirs = engine.docker(*words.split(), check=False, stdin=subprocess.DEVNULL)
    _, err = cli(*words.split(), code=theirs.returncode)
    assert theirs.returncode != 0
    assert says in err
    assert "Traceback" not in err


@pytest.mark.connections("local")
@pytest.mark.engines("new")
def test_other_bad_input(cli: Cli) -> None:
    for words, code, says in (
        ("cp nobody:/etc -", 1, "does not stream"),
        ("logs --tail x nobody", 125, "a number of lines, or all"),
        ("build --file - -", 1, "both the context and the Dockerfile"),
        ("--host tcp://127.0.0.1:1 ps", 1, "127.0.0.1:1"),
    ):
        _, err = cli(*words.split(), code=code)
        assert says in err


@pytest.mark.connections("local")
@pytest.mark.engines("new")
@pytest.mark.parametrize("engine_words", [["run", "--name", "x", "--help"], ["exec", "-e", "A=1", "--help"]])
def test_help_after_an_option_with_a_value(cli: Cli, engine_words: list[str]) -> None:
    assert "Usage: ml-nexus-go" in cli(*engine_words)[0]


@pytest.mark.connections("local")
def test_tables_are_dockers(cli: Cli, engine: Engine, name: Names, image: str) -> None:
    mine = [name() for _ in range(2)]
    for one in mine:
        engine.docker("create", "--name", one, "--label", f"of={mine[0]}", image, "sh", "-c", "echo a long command")
    found = ["ps", "-a", "--filter", f"label=of={mine[0]}"]
    for more in (["-q", "--no-trunc"], ["--filter", "name=nosuch", "-s"], ["-q", "-n", "1"], ["-q", "--latest"]):
        assert cli(*found, *more)[0] == engine.docker(*found, *more).stdout, more


@pytest.mark.connections("local")
@pytest.mark.engines("new")
def test_builds(cli: Cli, name: Names, image: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("content")
    (tmp_path / "Dockerfile").write_text(f"FROM {image}\nARG A\nCOPY f /f\nLABEL a=$A\n")
    options = ["--build-arg", "A=1", "--pull=false", "-q"]
    archive = subprocess.run(["tar", "cz", "-C", tmp_path, "."], capture_output=True, check=True).stdout
    # Options after the CONTEXT, an archive, and a Dockerfile of stdin.
    made = {
        cli("build", tmp_path, *options)[0],
        cli("build", "-", *options, stdin=archive)[0],
        cli("build", *options, "-f", "Dockerfile", "-", stdin=archive)[0],
        cli("build", "--file", "-", tmp_path, *options, stdin=(tmp_path / "Dockerfile").read_bytes())[0],
    }
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}\n", one) for one in made)
    tag = name.image()
    _, err = cli("build", "-t", tag, "-", stdin=f"FROM {image}\nRUN echo built\n".encode())
    assert "RUN echo built" in err
    assert cli("run", "--rm", tag, "true") == ("", "")


@pytest.mark.connections("local")
@pytest.mark.engines("new")
def test_a_terminal_that_cannot_redraw(cli: Cli, box: str) -> None:
    terminal = Terminal(["/usr/bin/env", "TERM=dumb", *cli.words, "stats", box])
    for _ in range(2):  # two samples
        terminal.until(b"CONTAINER ID")
        terminal.seen = terminal.seen.partition(b"CONTAINER ID")[2]
    assert b"\x1b" not in terminal.seen
    terminal.type(b"\x03")
    assert terminal.end() == 130
