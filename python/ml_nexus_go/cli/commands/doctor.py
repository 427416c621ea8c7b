"""doctor."""

from __future__ import annotations

import dataclasses

import click

from ..._display.printable import printable
from ..doctor.step import Step
from ..doctor.walk import Walk
from ..printing.output import json_option, print_json
from ..work import Session, exit_with

_NAME, _STATUS = 11, 5  # columns


@click.command()
@click.argument("target", required=False)
@json_option
@click.pass_obj
def doctor(session: Session, target: str | None, as_json: bool) -> None:
    """Check the way to an engine, from its host's name to its GPUs, and say what to do about what is wrong.

    Exits with 1 if anything has failed. What is only worth a warning is not a failure.
    """
    failed = False

    async def work() -> None:
        nonlocal failed
        async with session.client(target) as client:
            walk = Walk(client, target or session.target or "", session.ssh_config, session.connect_timeout)
            async for step in walk.steps():
                failed |= step.failed
                _show(step, as_json)

    session.run(work)
    exit_with(1 if failed else 0)


def _show(step: Step, as_json: bool) -> None:
    if as_json:
        print_json(dataclasses.asdict(step))
        return
    text = printable(step.message.strip(), keep="\n").replace("\n", "\n" + " " * (_STATUS + _NAME))
    click.echo(f"{step.status:<{_STATUS}}{step.step:<{_NAME}}{text}")


COMMANDS = (doctor,)
