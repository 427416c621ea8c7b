"""Fleets whose nodes, managers and programs die."""

from __future__ import annotations

import asyncio
import logging
import uuid
from functools import partial

import pytest

from ml_nexus_go import ConnectionLost, InvalidArgument, NodeLost, RemoteDockerClient

from .support.fleet import Fleet, alone, together
from .support.program import started
from .support.wait import until

IMAGE = "mlng-busybox"
LASTS = "trap 'echo ended; exit 3' TERM; echo begun; sleep 6000 & wait"


def named() -> str:
    """Return a name that nobody else has."""
    return f"mlng-fleet-{uuid.uuid4()}"


async def node_of(client: RemoteDockerClient, name: str) -> str:
    """Return where a container is; "" while it is nowhere."""
    rows = await client.containers(all=True, filters={"name": name})
    return str(rows[0].node) if rows else ""


async def runs(client: RemoteDockerClient, name: str) -> bool:
    """Return whether a container runs."""
    return bool(await client.containers(filters={"name": name}))


def left(fleet: Fleet) -> str:
    """Return the services of reservations and the containers that hold devices."""
    found = fleet.docker(None, "service", "ls", "-q", "--filter", "label=ml-nexus-go.reservation")
    for node in fleet.nodes:
        found += fleet.docker(node, "ps", "-aq", "--filter", "status=created", "--filter", "name=ml-nexus-go-device-")
    return found


async def test_a_run_begins_again_when_its_node_is_lost(bed: object, caplog: pytest.LogCaptureFixture) -> None:
    """Its result is that of the second attempt, and has the output of the first one apart."""
    with alone("fleet-new") as fleet:
        async with fleet.connect() as client:
            name, lines = named(), list[str]()
            options = f"--rm --init=false --gpus 1 --constraint node.role==worker --name {name}"
            run = client.run_container(IMAGE, LASTS, options, shell=True, check=False, reschedule=True)
            moving = asyncio.ensure_future(run)
            await until(partial(runs, client, name), "it runs")
            first = await node_of(client, name)
            async with client.reserve(constraints=f"node.hostname=={first}") as place:
                command = ["sh", "-c", "echo here; sleep 600"]
                watching = [
                    asyncio.ensure_future(one.exec_container(name, command, on_line=lines.append))
                    for one in (client, place)
                ]
                await until(lambda: lines == ["here"] * 2, "the execs run")
                await fleet.do("kill", fleet.node(first))
                for one in watching:
                    with pytest.raises(NodeLost, match=first) as lost:
                        await one
                    assert lost.value.node == first
                    assert isinstance(lost.value, ConnectionLost)
            await until(partial(runs, client, name), "it runs again")
            assert await node_of(client, name) not in ("", first)
            await client.kill_container(name, signal="TERM")
            result = await moving
            assert (result.stdout, result.exit_code) == ("begun\nended\n", 3)
            (attempt,) = result.lost_attempts
            assert (attempt.node, attempt.stdout_bytes, len(attempt.container_id)) == (first, b"begun\n", 64)
            assert any(first in record.message for record in caplog.records if record.levelno == logging.WARNING)
            await fleet.do("start", fleet.node(first))
            await until(lambda: not left(fleet), "the note about the first attempt is gone")
            for words, match in {"-d": "detached", "--cidfile /nowhere/cid": "cidfile"}.items():
                with pytest.raises(InvalidArgument, match=match):
                    await client.run_container(IMAGE, "true", words, reschedule=True)
            with pytest.raises(InvalidArgument, match="input"):
                await client.run_container(IMAGE, "cat", "--reschedule", stdin=b"once")


PROGRAM = """
    import asyncio, sys
    from ml_nexus_go import connect

    async def main(target, config, name):
        client = connect(target, ssh_config=config)
        manager = "--gpus 2 --constraint node.role==manager"
        worker = "-d --init=false --gpus 1 --constraint node.role==worker"
        await client.run_container("mlng-busybox", "sleep 600", f"{worker} --name {name}-d")
        begun = asyncio.Event()
        attached = asyncio.ensure_future(client.run_container(
            "mlng-busybox", "echo; exec sleep 600", f"--rm --init=false {manager} --name {name}-a",
            shell=True, on_stdout=lambda _: begun.set(),
        ))
        await begun.wait()  # or the other one would have the GPUs first
        waits = lambda event: print("waits", flush=True)
        queued = client.run_container("mlng-busybox", "true", f"--rm {manager}", on_progress=waits)
        await asyncio.gather(attached, queued)

    asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_killed_program_holds_nothing(bed: object) -> None:
    """Who waits for its GPUs gets them: its queued and its attached runs are over. What it detached goes on."""
    with together("fleet-old") as fleet:
        config, name = str(fleet.nodes[0]["ssh"]["ssh_config"]), named()
        async with fleet.connect() as client:
            with started(PROGRAM, f"swarm://{fleet.nodes[0]['name']}", config, name) as program:
                assert program.stdout is not None
                assert await asyncio.to_thread(program.stdout.readline) == "waits\n"
                program.kill()
                await asyncio.to_thread(program.wait)
            turn = client.run_container(IMAGE, "echo mine", "--rm --gpus 2 --constraint node.role==manager")
            assert (await turn).stdout == "mine\n"
            assert not await node_of(client, f"{name}-a")
            assert await runs(client, f"{name}-d")
            await client.remove_container(f"{name}-d", force=True)
            await client.reap()
            assert not fleet.docker(None, "service", "ls", "-q", "--filter", f"label=ml-nexus-go.name={name}-d")
