"""cp and sync."""

from __future__ import annotations

import click

from ... import DockerClient, SyncReport
from ..printing.output import json_option, print_json, size
from ..work import Session


@click.command()
@click.argument("source", type=click.Path())
@click.argument("destination", type=click.Path())
@click.option("-a", "--archive", is_flag=True, help="Keep owners.")
@click.option("-L", "--follow-link", is_flag=True, help="Follow a link that SOURCE names.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@click.pass_obj
def cp(session: Session, source: str, destination: str, archive: bool, follow_link: bool, quiet: bool) -> None:
    """Copy files between a container and this machine: CONTAINER:PATH and PATH, in either order."""
    from_container, to_container = _place(source), _place(destination)
    if (from_container is None) == (to_container is None):
        raise click.UsageError(
            "one of SOURCE and DESTINATION must be CONTAINER:PATH, and the other a path of this machine"
        )
    if "-" in (source, destination):
        raise click.UsageError("cp does not stream archives (-); a file of that name is ./-")

    async def work(client: DockerClient) -> None:
        if from_container is not None:
            name, path = from_container
            await client.copy_from_container(
                name, path, destination, archive=archive, follow_link=follow_link, progress=not quiet
            )
        elif to_container is not None:
            name, path = to_container
            await client.copy_to_container(
                source, name, path, archive=archive, follow_link=follow_link, progress=not quiet
            )

    session.do(work)


@click.command()
@click.argument("source", type=click.Path())
@click.argument("destination", type=click.Path())
@click.option("--delete", is_flag=True, help="Remove what SOURCE does not have.")
@click.option("--exclude", "excludes", multiple=True, metavar="PATTERN", help="As rsync's.")
@click.option("--include", "includes", multiple=True, metavar="PATTERN", help="As rsync's.")
@click.option("-c", "--checksum", is_flag=True, help="Compare contents, not size and time.")
@click.option("-H", "--hard-links", is_flag=True, help="Keep hard links.")
@json_option
@click.pass_obj
def sync(
    session: Session,
    source: str,
    destination: str,
    delete: bool,
    excludes: tuple[str, ...],
    includes: tuple[str, ...],
    checksum: bool,
    hard_links: bool,
    as_json: bool,
) -> None:
    """Make a folder on a host equal to one of this machine, or the other way round, as rsync -a does.

    HOST:PATH names the host's side; :PATH takes the host of --host.
    """
    from_host, to_host = _place(source), _place(destination)
    if (from_host is None) == (to_host is None):
        raise click.UsageError("one of SOURCE and DESTINATION must be HOST:PATH, and the other a path of this machine")
    host, path = from_host or to_host or ("", "")

    async def work() -> SyncReport:
        async with session.client(host or None) as client:
            if from_host is not None:
                return await client.sync_from_host(
                    path, destination, delete=delete, excludes=excludes, includes=includes, checksum=checksum,
                    hardlinks=hard_links, progress=True,
                )  # fmt: skip
            return await client.sync_to_host(
                source, path, delete=delete, excludes=excludes, includes=includes, checksum=checksum,
                hardlinks=hard_links, progress=True,
            )  # fmt: skip

    report = session.run(work)
    if as_json:
        print_json(report)
        return
    for issue in report.issues:
        click.echo(f"ml-nexus-go: {issue}", err=True)
    click.echo(
        f"{report.files_sent} files sent ({size(report.bytes_sent)}), {report.unchanged} unchanged, "
        f"{report.deleted} deleted, in {report.seconds:.1f} s by {report.way}"
    )


def _place(text: str) -> tuple[str, str] | None:
    """Return what is before and after the colon; None for a path here, which has a slash before any colon."""
    name, colon, path = text.partition(":")
    if not colon or "/" in name or name.startswith("."):
        return None
    return name, path


COMMANDS = (cp, sync)
