"""events and forward."""

from __future__ import annotations

import asyncio

import click

from ... import DockerClient, Event, EventGap
from ..._display.printable import printable
from ..printing.docker_fields import EVENTS, event_row
from ..printing.output import filter_option, filters_of, format_option, json_option, print_json, print_lines
from ..work import Session, format_of


@click.command()
@click.option("--since", help="A time (2026-01-02T13:23:37Z), Unix seconds, or how long ago (42m).")
@click.option("--until", help="As --since; without it, the events go on.")
@filter_option
@format_option
@json_option
@click.pass_obj
def events(
    session: Session, since: str | None, until: str | None, filters: tuple[str, ...], form: str | None, as_json: bool
) -> None:
    """Print what happens on the engine, as docker events does. It goes on after a lost connection."""

    printed = format_of(form, "", EVENTS, as_json, 64) if form else None

    async def work(client: DockerClient) -> None:
        async for event in client.events(filters_of(filters), since=since, until=until):
            if as_json:
                print_json(event)
            elif printed is not None and not isinstance(event, EventGap):
                print_lines(printed.lines([event_row(event)]))
            else:  # docker has no gaps, and so no format for them
                click.echo(_line(event), err=printed is not None)

    session.do(work)


def _line(event: Event) -> str:
    about = ", ".join(f"{name}={value}" for name, value in sorted(event.attributes.items()))
    line = f"{event.time.isoformat()} {event.type} {event.action} {event.actor_id}" + (f" ({about})" if about else "")
    return printable(line)


@click.command()
@click.argument("container")
@click.argument("port")
@click.option("-p", "--local-port", default=0, help="The port of this machine; any free one without it.")
@click.option("--local-socket", type=click.Path(), help="A Unix socket of this machine instead of a port.")
@click.option("-R", "--reverse", is_flag=True, help="Let programs in the container reach PORT of this machine.")
@click.option("--host-network", is_flag=True, help="Allow a container with the host's network.")
@click.pass_obj
def forward(
    session: Session,
    container: str,
    port: str,
    local_port: int,
    local_socket: str | None,
    reverse: bool,
    host_network: bool,
) -> None:
    """Make PORT of a container reachable on this machine until Ctrl-C, published or not."""

    async def work(client: DockerClient) -> None:
        way = client.forward(
            container,
            int(port) if port.isdecimal() else port,
            local_port=local_port,
            local_socket=local_socket,
            reverse=reverse,
            host_network=host_network,
        )
        async with way as local:
            click.echo(local.address)
            await asyncio.Event().wait()

    session.do(work)


COMMANDS = (events, forward)
