"""run, exec, attach and logs."""

from __future__ import annotations

import sys
from typing import Any

import click

from ... import DockerClient, InvalidArgument, Waiting
from ..._calls.ask import ask
from ..._display.image_progress import waits
from ..._display.printable import printable
from ..._wire.generated.methods import OPTIONS_READ
from ..attached import attached
from ..detach_keys import DetachKeys
from ..printing.output import json_option, print_json
from ..work import Session, exit_with, fail

# Docker's own parser reads the options: click leaves them alone.
_DOCKERS = {"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": ["--help"]}


class _Line:
    """A command line as docker's parser reads it."""

    def __init__(self, words: list[str], flags: list[Any], operands: list[str]) -> None:
        self.options = words
        self.operands = operands
        given = {flag["name"]: flag["value"] for flag in flags}
        self.tty, self.interactive, self.detached, self.quiet = (
            given.get(name) == "true" for name in ("tty", "interactive", "detach", "quiet")
        )
        self.detach_keys = given.get("detach-keys")
        self.pull = given.get("pull", "missing")
        self.platform = given.get("platform")
        self.signals = given.get("sig-proxy", "true") == "true"


def _without_host(session: Session, words: tuple[str, ...]) -> tuple[str, ...]:
    """Take --host after the command's name, before docker's own options."""
    while words and (words[0] in ("-H", "--host") or words[0].startswith("--host=")):
        _, equals, target = words[0].partition("=")
        session.target, words = (target, words[1:]) if equals else ("".join(words[1:2]), words[2:])
    return words


async def _read(command: str, words: tuple[str, ...]) -> _Line:
    try:
        read = await ask(OPTIONS_READ({"command": command, "options": list(words), "operands": True}))
    except InvalidArgument as error:
        fail(error, 125)
    context = click.get_current_context()
    if {"name": "help", "value": "true"} in read["flags"]:
        click.echo(context.get_help())
        context.exit()
    line = _Line(read["words"], read["flags"], read["operands"])
    if line.tty and line.interactive and not line.detached and not sys.stdin.isatty():
        fail("the input device is not a terminal: leave out -t", 1)
    return line


def _waits(event: object) -> None:
    """Say on stderr why a run waits, as docker's command does of a pull."""
    if isinstance(event, Waiting):
        click.echo(printable(waits(event)), err=True)


@click.command(context_settings=_DOCKERS, options_metavar="[DOCKER'S OPTIONS]")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="IMAGE [COMMAND]...")
@click.pass_obj
def run(session: Session, words: tuple[str, ...]) -> None:
    """Run a command in a new container, as docker run does, with each of its options.

    Exits with the command's code; 125 if the container could not be made. Ctrl-C goes to the command; the third
    one kills the container. On a fleet (swarm://HOST), --constraint, --generic-resource and --queue-timeout
    say where it may run and how long it may wait for that; stderr says why it waits, unless -q is given.
    --reschedule begins it again elsewhere if its node is lost.
    """

    words = _without_host(session, words)

    async def work(client: DockerClient) -> int:
        line = await _read("run", words)
        if not line.operands:
            raise click.UsageError("run needs an image")
        image, *command = line.operands
        if line.pull == "missing" and not await client.image_exists(image):
            click.echo(f"Unable to find image '{image}' locally", err=True)
            await client.pull_image(image, platform=line.platform, progress=True)
        said = None if line.quiet else _waits
        if line.detached:
            result = await client.run_container(image, command or None, line.options, on_progress=said)
            click.echo(result.container_id)
            return 0
        stdin = line.interactive or None
        keys = DetachKeys(line.detach_keys) if line.interactive and line.tty else None
        start = client.start_run(
            image, command or None, line.options, stdin=stdin, outlives=keys is not None, on_progress=said
        )
        async with await start as process:
            return await attached(process, forward_signals=line.signals and not process.tty, keys=keys)

    exit_with(session.do(work, failure=125))


@click.command("exec", context_settings=_DOCKERS, options_metavar="[DOCKER'S OPTIONS]")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="CONTAINER COMMAND...")
@click.pass_obj
def execute(session: Session, words: tuple[str, ...]) -> None:
    """Run a command in a running container, as docker exec does, with each of its options.

    Exits with the command's code. Ctrl-C ends the command in the container as well.
    """

    words = _without_host(session, words)

    async def work(client: DockerClient) -> int:
        line = await _read("exec", words)
        if len(line.operands) < 2:
            raise click.UsageError("exec needs a container and a command")
        container, *command = line.operands
        if line.detached:
            await client.exec_container(container, command, line.options)
            return 0
        async with await client.start_exec(container, command, line.options, stdin=line.interactive or None) as process:
            return await attached(process, forward_signals=False)

    exit_with(session.do(work))


@click.command()
@click.argument("container")
@click.option("--no-stdin", is_flag=True, help="Pass no input on.")
@click.option(
    "--detach-keys", metavar="KEYS", help="The keys that detach; ctrl-p,ctrl-q unless docker's settings name others."
)
@click.option("--logs", is_flag=True, help="Print what it has printed before, too.")
@click.pass_obj
def attach(session: Session, container: str, no_stdin: bool, detach_keys: str | None, logs: bool) -> None:
    """Attach this terminal to a running container, as docker attach does.

    However the attachment ends, the container goes on. Exits with the container's code if that ends first.
    """

    async def work(client: DockerClient) -> int:
        stdin = False if no_stdin else None
        keys = DetachKeys(detach_keys)
        async with await client.attach_container(container, stdin=stdin, logs=logs) as process:
            return await attached(process, forward_signals=False, keys=keys)

    exit_with(session.do(work))


def _tail(_: click.Context, __: click.Parameter, given: str | None) -> str | None:
    if given is not None and given != "all" and not given.removeprefix("-").isdecimal():
        raise click.BadParameter(f"{given!r} must be a number of lines, or all")
    return given


@click.command()
@click.argument("container")
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes.")
@click.option("--since", help="A time (2026-01-02T13:23:37Z), Unix seconds, or how long ago (42m).")
@click.option("--until", help="As --since.")
@click.option("-n", "--tail", metavar="N", callback=_tail, help="The last N lines only, or all.")
@click.option("-t", "--timestamps", is_flag=True, help="Put its time before each line.")
@json_option
@click.pass_obj
def logs(
    session: Session,
    container: str,
    follow: bool,
    since: str | None,
    until: str | None,
    tail: str | None,
    timestamps: bool,
    as_json: bool,
) -> None:
    """Print what a container has written, as docker logs does."""

    async def work(client: DockerClient) -> None:
        lines = client.container_logs(
            container, follow=follow, since=since, until=until, tail=tail, timestamps=timestamps or as_json, tagged=True
        )
        async for line in lines:
            if as_json:
                print_json({"stream": line.stream, "time": line.time, "text": line.text})
                continue
            to = sys.stdout.buffer if line.stream == "stdout" else sys.stderr.buffer
            to.write((f"{line.timestamp} ".encode() if timestamps else b"") + line.data)
            to.flush()

    session.do(work)


COMMANDS = (run, execute, attach, logs)
