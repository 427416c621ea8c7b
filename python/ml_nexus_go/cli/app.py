"""The command with its global options; each file of commands/ adds some commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from .. import __version__
from .commands import containers, doctor, events, files, fleet, images, orphans, processes
from .work import Session, connect_timeout_option

_HOST = ("-H", "--host", "target")
_HOST_HELP = (
    "The engine: a socket, tcp://, ssh://, a docker context or an SSH destination (gpu1, me@gpu1). "
    "Without it, docker's own choice: DOCKER_HOST, the current context, the default socket."
)


class _App(click.Group):
    """Exits as docker does where its usage is wrong: with 125 for an option, with 1 for arguments."""

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """Read the global options."""
        with _docker_codes():
            return super().make_context(*args, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """Read the rest, and do it."""
        with _docker_codes():
            return super().invoke(ctx)


@contextmanager
def _docker_codes() -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        of_option = isinstance(error, (click.NoSuchOption, click.BadOptionUsage)) or (
            isinstance(error, click.BadParameter) and not isinstance(error.param, click.Argument)
        )
        error.exit_code = 125 if of_option else 1  # type: ignore[misc] # of this one only
        raise


def _anywhere(context: click.Context, option: click.Parameter, given: str | None) -> None:
    """Take a global option after the command's name as well."""
    if given is not None:
        session: Session = context.obj
        context.obj = Session(**{**vars(session), str(option.name).removeprefix("global_"): given})


def _global_options(command: click.Command) -> list[click.Option]:
    taken = {name for one in command.params for name in one.opts}  # sync has rsync's -H
    # doctor and transfer have a TARGET of their own.
    return [
        click.Option(
            [name for name in names if name not in taken],
            type=kind,
            expose_value=False,
            hidden=True,
            callback=_anywhere,
        )
        for *names, kind in (
            (*_HOST[:2], "global_target", click.STRING),
            ("--ssh-config", "global_ssh_config", click.Path(dir_okay=False)),
            ("--connect-timeout", "global_connect_timeout", click.FloatRange(min=0, min_open=True)),
        )
    ]


@click.group(cls=_App, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option(*_HOST, metavar="TARGET", help=_HOST_HELP)
@click.option("--ssh-config", type=click.Path(dir_okay=False), help="Use this file instead of the SSH config.")
@connect_timeout_option
@click.version_option(__version__, prog_name="ml-nexus-go")
@click.pass_context
def app(context: click.Context, target: str | None, ssh_config: str | None, connect_timeout: float) -> None:
    """Drive Docker on this machine, or on another one over a single SSH connection."""
    context.obj = Session(target, ssh_config, connect_timeout)


for _room in (processes, containers, events, files, images, orphans, fleet, doctor):
    for _command in _room.COMMANDS:
        if not _command.ignore_unknown_options:  # the others leave their options to docker's parser
            _command.params += _global_options(_command)
        app.add_command(_command)
