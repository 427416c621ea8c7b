"""reap."""

from __future__ import annotations

import click

from ... import DockerClient, Orphan
from ..output import json_option, print_all, short_id
from ..work import Session


@click.command()
@click.option("-n", "--dry-run", is_flag=True, help="Only list them.")
@click.option(
    "--older-than",
    type=float,
    metavar="SECONDS",
    help="Also those whose program may still run, if they are so old.",
)
@json_option
@click.pass_obj
def reap(session: Session, dry_run: bool, older_than: float | None, as_json: bool) -> None:
    """End the containers of programs that were killed, and list them."""

    async def work(client: DockerClient) -> list[Orphan]:
        return await client.reap(older_than=older_than, dry_run=dry_run)

    titles = ("CONTAINER ID", "NAME", "IMAGE", "RUNNING", "PROGRAM")
    print_all(session.do(work), titles, _row, as_json)


def _row(one: Orphan) -> tuple[object, ...]:
    return short_id(one.container_id), one.name, one.image, "yes" if one.running else "no", f"{one.pid} on {one.host}"


COMMANDS = (reap,)
