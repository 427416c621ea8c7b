"""ps, stats and top."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import click

from ... import (
    Container,
    ContainerNotFound,
    ContainerNotRunning,
    ContainerPort,
    ContainerStats,
    DockerClient,
    DockerError,
)
from ..._display.printable import printable
from ..printing.output import (
    ago,
    filter_option,
    filters_of,
    json_option,
    live,
    no_trunc_option,
    plain,
    print_all,
    print_json,
    print_table,
    short_id,
    shorten,
    size,
)
from ..watching import GPU_TITLES, gpu_row, show
from ..work import Session

T = TypeVar("T")


@click.command()
@click.option("-a", "--all", "all_", is_flag=True, help="Also those that do not run.")
@click.option("-n", "--last", type=int, default=-1, metavar="N", help="The N that were created last, running or not.")
@click.option("-l", "--latest", is_flag=True, help="The one that was created last, running or not.")
@click.option("-q", "--quiet", is_flag=True, help="Only the IDs.")
@click.option("-s", "--size", "sizes", is_flag=True, help="Measure what they have written.")
@filter_option
@no_trunc_option
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
    as_json: bool,
) -> None:
    """List containers, as docker ps does."""
    if latest and last == -1:
        last = 1
    limited = last > 0
    found = session.do(lambda client: client.containers(filters_of(filters), all=all_ or limited, sizes=sizes))
    found = found[:last] if limited else found
    if quiet:
        for one in found:
            click.echo(short_id(one.id, no_trunc))
        return
    titles = ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES", *(["SIZE"] if sizes else [])]

    def row(one: Container) -> list[str]:
        command = f'"{shorten(one.command, 20, no_trunc)}"'
        cells = [short_id(one.id, no_trunc), one.image, command, ago(one.created), one.status, _ports(one.ports)]
        written = [f"{size(one.size)} (virtual {size(one.total_size)})"] if sizes else []
        return [*cells, ",".join(one.names), *written]

    print_all(found, titles, row, as_json)


def _ports(ports: Iterable[ContainerPort]) -> str:
    return ", ".join(port._cell() for port in ports)


_STATS = ("CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS")


def _stats_row(one: Any, whole: bool = False) -> list[str]:
    return [
        short_id(one.id, whole),
        one.name,
        f"{one.cpu_percent:.2f}%",
        f"{size(one.memory)} / {size(one.memory_limit)}",
        f"{one.memory_percent:.2f}%",
        f"{size(one.network_received)} / {size(one.network_sent)}",
        f"{size(one.block_read)} / {size(one.block_written)}",
        str(one.pids),
    ]


@click.command()
@click.argument("containers", nargs=-1)
@click.option("--no-stream", is_flag=True, help="Measure once.")
@filter_option
@no_trunc_option
@json_option
@click.pass_obj
def stats(
    session: Session,
    containers: tuple[str, ...],
    no_stream: bool,
    filters: tuple[str, ...],
    no_trunc: bool,
    as_json: bool,
) -> None:
    """Show what containers use: those that are named, or all that run. A terminal shows it live."""

    row = partial(_stats_row, whole=no_trunc)

    async def once(client: DockerClient) -> None:
        if containers:
            measured = await asyncio.gather(*map(client.container_stats, containers))
        else:
            measured = await _running(client, filters_of(filters))
        print_all(measured, _STATS, row, as_json)

    async def stream(client: DockerClient) -> None:
        samples = client.stats(list(containers) or None, filters=filters_of(filters))
        if as_json or not live():
            async for sample in samples:
                print_json(sample) if as_json else print_table(_STATS, [row(sample)])
        else:
            await show({"": samples}, _STATS, lambda _, one: row(one))

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
                await show(samples, ("HOST", *_STATS), lambda host, one: [host, *_stats_row(one)], gpus)
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
        rows += [[host, *_stats_row(one)] for one in containers]
        gpu_rows += [gpu_row(host, one) for one in gpus]
    if not as_json:
        print_table(("HOST", *_STATS), rows)
        if gpu_rows:
            click.echo()
            print_table(GPU_TITLES, gpu_rows)
    return answered


COMMANDS = (ps, stats, top)
