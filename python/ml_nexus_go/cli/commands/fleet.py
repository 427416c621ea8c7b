"""fleet."""

from __future__ import annotations

import asyncio

import click

from ... import DockerClient, FleetNode, WaitingRun
from ..printing.output import ago, json_option, plain, print_json, print_table, size
from ..work import Session

_NODES = ("NODE", "ROLE", "STATUS", "DEVICES FREE", "CPUS FREE", "MEMORY FREE", "ENGINE", "TARGET")
_WAITING = ("WAITING", "FOR", "SINCE", "HOST", "WHY")


@click.command()
@json_option
@click.pass_obj
def fleet(session: Session, as_json: bool) -> None:
    """Show the nodes of a fleet (--host swarm://HOST), what is free on each, and the runs that wait."""

    async def work(client: DockerClient) -> tuple[list[FleetNode], list[WaitingRun]]:
        return await asyncio.gather(client.nodes(), client.waiting_runs())

    nodes, waiting = session.do(work)
    if as_json:
        for node in nodes:
            free = {"cpus_free": node.cpus_free, "memory_free": node.memory_free, "gpus_free": node.gpus_free}
            print_json({"kind": "node", **plain(node), "gpus": node.gpus, **free})
        for run in waiting:
            print_json({"kind": "waiting", **plain(run)})
        return
    print_table(_NODES, map(_node, nodes))
    if waiting:
        click.echo()
        print_table(_WAITING, map(_run, waiting))


def _node(one: FleetNode) -> list[str]:
    return [
        one.hostname,
        "leader" if one.leader else one.role,
        one.state if one.availability == "active" else f"{one.state}, {one.availability}",
        ", ".join(f"{of.free} of {of.total} {of.kind}" for of in one.devices),
        f"{one.cpus_free:g} of {one.cpus:g}",
        f"{size(one.memory_free)} of {size(one.memory)}",
        one.engine_version,
        one.target,
    ]


def _run(one: WaitingRun) -> list[str]:
    wanted = [f"{count} {kind}" for kind, count in one.devices.items()]
    wanted += [f"{one.cpus:g} CPUs"] if one.cpus else []
    wanted += [size(one.memory)] if one.memory else []
    return [one.name or one.service, ", ".join(wanted), ago(one.since), one.host or "", one.reason]


COMMANDS = (fleet,)
