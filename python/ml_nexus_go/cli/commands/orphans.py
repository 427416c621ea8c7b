"""reap and clean."""

from __future__ import annotations

import click

from ... import Conflict, DockerClient, Orphan
from ..printing.output import json_option, print_all, short_id
from ..work import Session


@click.command()
@click.option("-n", "--dry-run", is_flag=True, help="Only list them.")
@click.option(
    "--older-than",
    type=float,
    metavar="SECONDS",
    help="Only those that were created longer ago.",
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


_AGENTS = "ml-nexus-go-host-agent"
_AGENT_LABEL = "ml-nexus-go.host-agent"


@click.command()
@click.argument("host", required=False)
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would go.")
@json_option
@click.pass_obj
def clean(session: Session, host: str | None, dry_run: bool, as_json: bool) -> None:
    """Remove what this package has left at an engine: containers of killed programs, and its own images.

    What runs, and volumes, networks and images that you have made, stay. Docs: docs/versions.md.
    """

    async def work() -> list[tuple[str, str, str]]:
        async with session.client(host) as client:
            gone = [("container", one.name, one.container_id) for one in await client.reap(dry_run=dry_run)]
            for image in await client.images({"reference": _AGENTS, "label": _AGENT_LABEL}):
                for tag in image.tags:
                    if not dry_run:
                        try:
                            await client.remove_image(tag)
                        except Conflict:
                            click.echo(f"ml-nexus-go: {tag} is in use by a client, and stays", err=True)
                            continue
                    gone.append(("image", tag, image.id))
        return gone

    rows = session.run(work)
    titles = ("KIND", "NAME", "ID")
    if as_json:
        print_all([dict(zip(("kind", "name", "id"), row, strict=True)) for row in rows], titles, tuple, as_json)
    else:
        print_all(rows, titles, lambda row: (row[0], row[1], short_id(row[2])), as_json)


COMMANDS = (reap, clean)
