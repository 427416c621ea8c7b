"""Events, against docker's command."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ml_nexus_go import DockerClient, Event, EventGap, InvalidArgument
from ml_nexus_go._arguments.times import Moment

from .support.bed import Engine
from .support.names import Names
from .support.wait import DEADLINE

KEPT = 256  # how many past events an engine tells (eventsLimit of moby's daemon/events)


async def until_destroyed(client: DockerClient, name: Names, image: str) -> tuple[str, list[Event]]:
    """The name of a container and the events of its life. The call is made before it, and read after it."""
    while True:
        box = name()
        events = client.events({"container": box})
        await client.create_container(image, "true", ["--name", box])
        await client.rename_container(box, f"{box}-2")
        await client.rename_container(f"{box}-2", box)
        await client.remove_container(box)
        happened = []
        async for event in events:
            happened.append(event)
            if event.action in ("destroy", "gap"):
                break
        await events.aclose()
        if happened[-1].action == "destroy":
            return box, happened


async def forgotten(client: DockerClient, first: Event) -> bool:
    """Whether other tests made so many events since then that the engine may have forgotten the first one."""
    since = [event async for event in client.events(since=first.time, until=timedelta(0))]
    return len(since) >= KEPT


async def between(client: DockerClient, name: str, since: Moment | None, until: Moment) -> list[Event]:
    """The events of a container in some time."""
    happened = client.events({"container": [name]}, since=since, until=until)
    return [event async for event in happened if event.type != "gap"]


def agrees(event: Event, said: dict[str, Any]) -> None:
    """Compare an event field by field with what docker's command prints."""
    assert event.raw == said
    assert (event.type, event.action, event.actor_id) == (said["Type"], said["Action"], said["Actor"]["ID"])
    assert (event.attributes, event.scope, event.time_ns) == (
        said["Actor"]["Attributes"],
        said["scope"],
        said["timeNano"],
    )
    assert event.time == datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=said["timeNano"] // 1000)
    assert event.time.tzinfo is timezone.utc


async def test_events_are_those_of_docker(client: DockerClient, engine: Engine, image: str, name: Names) -> None:
    while True:
        box, happened = await until_destroyed(client, name, image)
        end = f"--until={happened[-1].time_ns // 10**9 + 1}"
        told = engine.docker("events", "--since=1h", end, f"--filter=container={box}", "--format={{json .}}")
        if not await forgotten(client, happened[0]):
            break
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [event.action for event in happened] == ["create", "rename", "rename", "destroy"]
    assert len(lines) == len(happened)
    for event, said in zip(happened, lines, strict=True):
        agrees(event, said)
    assert happened[1].attributes["oldName"] == f"/{box}"


@pytest.mark.connections("local")
async def test_since_and_until_in_all_forms(client: DockerClient, image: str, name: Names) -> None:
    while True:
        box, happened = await until_destroyed(client, name, image)
        first, last = happened[0].time, happened[-1].time + timedelta(microseconds=1)
        now = datetime.now(timezone.utc)
        middle = happened[2].time
        spans: list[tuple[Moment | None, Moment, list[Event]]] = [
            (first, last, happened),
            (first.astimezone().replace(tzinfo=None), last.astimezone(timezone(timedelta(hours=5))), happened),
            (now - first + timedelta(hours=1), timedelta(0), happened),
            (first.timestamp(), int(last.timestamp()) + 1, happened),
            (int(first.timestamp()), now.isoformat(), happened),
            (f"{first.timestamp():.6f}", "0s", happened),
            ("1h", now, happened),
            (None, now, happened),
            (first, middle - timedelta(microseconds=1), happened[:2]),
            (middle, last, happened[2:]),
        ]
        found = [await between(client, box, since, until) for since, until, _ in spans]
        if not await forgotten(client, happened[0]):
            break
    for got, (since, until, wanted) in zip(found, spans, strict=True):
        assert got == wanted, (since, until)


@pytest.mark.connections("local")
async def test_what_the_engine_does_not_keep_is_a_gap(client: DockerClient) -> None:
    gap, *kept = [event async for event in client.events(since=0, until=timedelta(0))]
    assert isinstance(gap, EventGap)
    assert isinstance(gap, Event)
    assert (gap.type, gap.action, gap.actor_id, gap.attributes) == ("gap", "gap", "", {})
    assert (gap.reason, gap.lost) == ("not_kept", None)
    assert gap.since == datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert gap.until == gap.time <= min(event.time for event in kept)
    assert len(kept) <= 256


async def test_an_iteration_ends_at_once(client: DockerClient) -> None:
    async def listen(client: DockerClient) -> None:
        async for event in client.events({"container": "mlng-nobody"}):
            raise AssertionError(event)

    listening = asyncio.create_task(listen(client))
    done, _ = await asyncio.wait([listening], timeout=0.2)
    assert not done
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(listening, DEADLINE)
    assert (await client.ping()).os_type == "linux"


@pytest.mark.connections("local")
async def test_wrong_arguments_are_refused(client: DockerClient) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"filters": {"status": "up"}}, "one of config, container, daemon, event, image, label"),
        ({"filters": {"type": []}}, "has no value"),
        ({"since": "yesterday"}, "since="),
        ({"since": timedelta(hours=1), "until": timedelta(hours=2)}, "is before since"),
    ]
    for arguments, says in wrong:
        with pytest.raises(InvalidArgument, match=says):
            await anext(client.events(**arguments))
    early: list[tuple[dict[str, Any], str]] = [
        ({"filters": ["type"]}, "filters must be a dict"),
        ({"since": True}, "since must be a datetime"),
        ({"until": -1}, "until must be a datetime"),
        ({"until": float("nan")}, "until must be a datetime"),
        ({"until": ""}, "until is empty"),
    ]
    for arguments, says in early:
        with pytest.raises(InvalidArgument, match=says):
            client.events(**arguments)
