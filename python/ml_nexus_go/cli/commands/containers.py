"""ps, stats and top."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from typing import TypeVar

import click

from ... import (
    Container,
    ContainerNotFound,
    ContainerNotRunning,
    ContainerStats,
    DockerClient,
    DockerError,
)
from ..._display.printable import printable
from ..printing.docker_fields import CONTAINERS, STATS, container_row, stats_row
from ..printing.output import (
    filter_option,
    filters_of,
    format_option,
    json_option,
    live,
    no_trunc_option,
    plain,
    print_all,
    print_json,
    print_lines,
    print_table,
)
from ..watching import GPU_TITLES, gpu_row, show
from ..work import Session, format_of

T = TypeVar("T")

_PS = r"table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"


@click.command()
@click.option("-a", "--all", "all_", is_flag=True, help="Also those that do not run.")
@click.option("-n", "--last", type=int, default=-1, metavar="N", help="The N that were created last, running or not.")
@click.option("-l", "--latest", is_flag=True, help="The one that was created last, running or not.")
@click.option("-q", "--quiet", is_flag=True, help="Only the IDs.")
@click.option("-s", "--size", "sizes", is_flag=True, help="Measure what they have written.")
@filter_option
@no_trunc_option
@format_option
@json_option
@click.pass_obj
def ps(
    session: Session,
    all_: bool,
    last: int,
    latest: bool,
    quiet: bool,
    sizes: bool,
    filters: tuple[str, ...],
    no_trunc: bool,
    form: str | None,
    as_json: bool,
) -> None:
    """List containers, as docker ps does."""
    if latest and last == -1:
        last = 1
    limited = last > 0
    if quiet and form:
        click.echo("WARNING: Ignoring custom format, because both --format and --quiet are set.", err=True)
    usual = "{{.ID}}" if quiet else _PS + (r"\t{{.Size}}" if sizes else "")
    printed = format_of(None if quiet else form, usual, CONTAINERS, as_json)
    sizes = sizes or (not as_json and form != "json" and printed.uses("Size"))
    found = session.do(lambda client: client.containers(filters_of(filters), all=all_ or limited, sizes=sizes))
    found = found[:last] if limited else found
    if as_json and not quiet:
        print_all(found, (), tuple, as_json)
    else:
        print_lines(printed.lines(container_row(one, no_trunc) for one in found))


_STATS = ("CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS")


_STATS_FIELDS = ("ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs")
_STATS_TABLE = "table " + r"\t".join(f"{{{{.{name}}}}}" for name in _STATS_FIELDS)


def _cells(one: ContainerStats, whole: bool = False) -> list[str]:
    values = stats_row(one, whole).values
    return [values[name] for name in _STATS_FIELDS]


@click.command()
@click.argument("containers", nargs=-1)
@click.option("--no-stream", is_flag=True, help="Measure once.")
@filter_option
@no_trunc_option
@format_option
@json_option
@click.pass_obj
def stats(
    session: Session,
    containers: tuple[str, ...],
    no_stream: bool,
    filters: tuple[str, ...],
    no_trunc: bool,
    form: str | None,
    as_json: bool,
) -> None:
    """Show what containers use: those that are named, or all that run. A terminal shows it live."""

    printed = format_of(form, _STATS_TABLE, STATS, as_json)

    def asked(one: ContainerStats) -> str:
        return next((name for name in containers if one.name == name or one.id.startswith(name)), "")

    def show_some(measured: Iterable[ContainerStats]) -> None:
        if as_json:
            print_all(measured, (), tuple, as_json)
        else:
            print_lines(printed.lines(stats_row(one, no_trunc, asked(one)) for one in measured))

    async def once(client: DockerClient) -> None:
        if containers:
            show_some(await asyncio.gather(*map(client.container_stats, containers)))
        else:
            show_some(await _running(client, filters_of(filters)))

    async def stream(client: DockerClient) -> None:
        samples = client.stats(list(containers) or None, filters=filters_of(filters))
        if as_json or form or not live():
            async for sample in samples:
                show_some([sample])
        else:
            await show({"": samples}, _STATS, lambda _, one: _cells(one, no_trunc))

    session.do(once if no_stream else stream)


@click.command()
@click.argument("hosts", nargs=-1, metavar="[HOST]...")
@click.option("--no-stream", is_flag=True, help="Show it once.")
@json_option
@click.pass_obj
def top(session: Session, hosts: tuple[str, ...], no_stream: bool, as_json: bool) -> None:
    """Show the containers and the GPUs of several hosts and what they use, live on a terminal.

    HOST is as for --host. A host that does not answer has a line that says so; exits with 1 if none does.
    """
    names = hosts or (session.target or "local",)

    async def work() -> None:
        clients = {name: session.client(name) for name in names}
        try:
            if no_stream or as_json or not live():
                if not await _once(clients, as_json):
                    raise SystemExit(1)
            else:
                samples = {name: client.stats() for name, client in clients.items()}
                gpus = {name: client.gpus for name, client in clients.items()}
                await show(samples, ("HOST", *_STATS), lambda host, one: [host, *_cells(one)], gpus)
        finally:
            await asyncio.gather(*(client.aclose() for client in clients.values()))

    session.run(work)


async def _running(client: DockerClient, filters: dict[str, list[str]] | None = None) -> list[ContainerStats]:
    """Measure what runs; one that ends meanwhile is left out."""

    async def measured(one: Container) -> ContainerStats | None:
        with suppress(ContainerNotFound, ContainerNotRunning):
            return await client.container_stats(one.id)
        return None

    found = await asyncio.gather(*map(measured, await client.containers(filters)))
    return [one for one in found if one is not None]


async def _found(asking: Awaitable[list[T]]) -> tuple[list[T], DockerError | None]:
    try:
        return await asking, None
    except DockerError as error:
        return [], error


async def _once(clients: dict[str, DockerClient], as_json: bool) -> bool:
    """Print what hosts have, and report whether one has answered."""
    asked = (asyncio.gather(_found(_running(one)), _found(one.gpus())) for one in clients.values())
    rows: list[list[str]] = []
    gpu_rows: list[list[str]] = []
    answered = False
    for host, ((containers, problem), (gpus, other)) in zip(clients, await asyncio.gather(*asked), strict=True):
        for message in dict.fromkeys(one.message for one in (problem, other) if one is not None):
            click.echo(f"{host}: {printable(message)}", err=True)
        answered = answered or problem is None
        if as_json:
            for one in containers:
                print_json({"host": host, "kind": "container", **plain(one)})
            for gpu in gpus:
                print_json({"host": host, "kind": "gpu", **plain(gpu)})
        rows += [[host, *_cells(one)] for one in containers]
        gpu_rows += [gpu_row(host, one) for one in gpus]
    if not as_json:
        print_table(("HOST", *_STATS), rows)
        if gpu_rows:
            click.echo()
            print_table(GPU_TITLES, gpu_rows)
    return answered


COMMANDS = (ps, stats, top)
