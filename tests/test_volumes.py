"""Volumes, against docker's command and the engine's documents."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ml_nexus_go import Conflict, DockerClient, EngineError, InvalidArgument, NotFound, Volume, VolumePruning
from ml_nexus_go._results.documents import engine_time

from .conftest import Connect
from .support.bed import Engine
from .support.names import Names
from .support.registries import docker_config

pytestmark = pytest.mark.by_turns

MARK = "ml-nexus-go.creation"


def inspected(engine: Engine, name: str) -> dict[str, object]:
    """What docker's command says about a volume."""
    found: dict[str, object] = json.loads(engine.docker("volume", "inspect", name).stdout)[0]
    return found


def agrees(volume: Volume, engine: Engine) -> None:
    """Compare a view field by field with docker inspect."""
    said = inspected(engine, volume.name)
    assert volume.raw == said
    assert (volume.name, volume.driver, volume.mountpoint, volume.scope) == (
        said["Name"],
        said["Driver"],
        said["Mountpoint"],
        said["Scope"],
    )
    assert volume.labels == (said["Labels"] or {})
    assert volume.options == (said["Options"] or {})
    assert volume.created == datetime.fromisoformat(str(said["CreatedAt"]).replace("Z", "+00:00"))


async def test_a_volume_is_what_docker_inspects(client: DockerClient, engine: Engine, name: Names) -> None:
    mine = name.volume()
    options = {"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}
    made = await client.create_volume(mine, driver="local", driver_options=options, labels={"a": "b c", "d": ""})
    assert (made.name, made.driver, made.options) == (mine, "local", options)
    assert {key: value for key, value in made.labels.items() if key != MARK} == {"a": "b c", "d": ""}
    assert made.created is not None
    assert abs(made.created - datetime.now(timezone.utc)) < timedelta(minutes=5)
    agrees(made, engine)
    assert await client.volume(mine) == made
    label = f"{MARK}={made.labels[MARK]}"
    assert [volume.name for volume in await client.volumes(filters={"label": label, "name": mine})] == [mine]
    for volume in await client.volumes(filters={"label": [label], "dangling": True, "driver": "local"}):
        agrees(volume, engine)
    assert await client.volumes(filters={"label": [label, "none"]}) == []
    await client.remove_volume(mine)
    with pytest.raises(NotFound, match=mine):
        await client.volume(mine)


async def test_a_volume_without_a_name_is_anonymous(client: DockerClient, engine: Engine) -> None:
    made = await client.create_volume(labels={"a": "b"})
    try:
        assert len(made.name) == 64
        assert ("com.docker.volume.anonymous" in made.labels) == (engine.api >= (1, 42))
        agrees(made, engine)
    finally:
        await client.remove_volume(made.name)


async def test_a_volume_that_exists(client: DockerClient, engine: Engine, name: Names) -> None:
    mine = name.volume()
    made = await client.create_volume(mine, labels={"a": "b"})
    assert await client.create_volume(mine, labels={"a": "b"}) == made
    assert await client.create_volume(mine) == made  # what is not asked for may be anything
    engine.docker("volume", "create", "--label", "a=b", mine)
    others: list[tuple[dict[str, Any], str]] = [
        ({"labels": {"a": "c"}}, "labels"),
        ({"labels": {"a": "b", "c": ""}}, "labels"),
        ({"labels": {"a": "b"}, "driver_options": {"type": "tmpfs", "device": "tmpfs", "o": "secret"}}, "options"),
    ]
    for wrong, what in others:
        with pytest.raises(Conflict, match=f"{mine}.*{what}") as failure:
            await client.create_volume(mine, **wrong)
        assert "secret" not in str(failure.value)
    assert await client.volume(mine) == made
    theirs = name.volume()
    engine.docker("volume", "create", theirs)
    agrees(await client.create_volume(theirs), engine)


async def test_a_volume_in_use(client: DockerClient, name: Names, image: str) -> None:
    mine, box = name.volume(), name()
    await client.create_volume(mine)
    await client.run_container(image, ["true"], ["-d", "--name", box, "-v", f"{mine}:/data"])
    holder = (await client.container_state(box)).id
    for force in (False, True):
        with pytest.raises(Conflict, match=f"{mine}.*{holder}"):
            await client.remove_volume(mine, force)
    assert await client.volumes(filters={"name": mine, "dangling": True}) == []
    await client.remove_container(box, force=True)
    await client.remove_volume(mine)
    with pytest.raises(NotFound, match=mine):
        await client.remove_volume(mine)
    await client.remove_volume(mine, force=True)


async def test_names_and_options_that_are_none(client: DockerClient, name: Names) -> None:
    for wrong in ("", "..", "../containers", "a/b", "a\0b", " "):
        for ask in (client.create_volume, client.volume, client.remove_volume):
            with pytest.raises(InvalidArgument, match="name"):
                await ask(wrong)
    with pytest.raises(InvalidArgument, match="a b"):
        await client.create_volume("a b")
    with pytest.raises((InvalidArgument, NotFound, EngineError), match="mlng-none"):
        await client.create_volume(name.volume(), driver="mlng-none")
    with pytest.raises((InvalidArgument, EngineError), match="mlng-none"):
        await client.create_volume(name.volume(), driver_options={"mlng-none": "x"})
    wrongs: list[dict[str, Any]] = [
        {"labels": ["a"]},
        {"labels": {"a": 1}},
        {"driver_options": {1: "a"}},
        {"driver": 5},
    ]
    for keywords in wrongs:
        with pytest.raises(InvalidArgument):
            await client.create_volume(name.volume(), **keywords)


FOREIGN: dict[str, Any] = {"until": "24h", "foo": "bar", "label": "=x", "label!": [""], "name": ["a"], "dangling": True}


WRONG: list[tuple[Any, str]] = [
    ({"foo": "bar"}, '"foo".*dangling, driver, label, name'),
    ({"dangling": "maybe"}, "dangling"),
    ({"label": []}, "label"),
    ({"label": {"a": "b"}}, "label"),
    ({"label": [5]}, "label"),
    ([("label", "a")], "filters"),
]


async def test_filters_that_do_not_exist(client: DockerClient, engine: Engine) -> None:
    made = await client.create_volume()
    try:
        for filters in ({key: value} for key, value in FOREIGN.items()):
            with pytest.raises(InvalidArgument, match=next(iter(filters)).rstrip("!")):
                await client.prune_volumes(filters=filters, all=True)
        agrees(await client.volume(made.name), engine)
        for wrong, said in WRONG:
            with pytest.raises(InvalidArgument, match=said):
                await client.volumes(filters=wrong)
    finally:
        await client.remove_volume(made.name)


async def test_pruning(client: DockerClient, engine: Engine, name: Names, image: str) -> None:
    labels = {"mlng-t": uuid.uuid4().hex}
    filters = {"label": f"mlng-t={labels['mlng-t']}"}
    named, used, odd = name.volume(), name.volume(), name.volume()
    anonymous = (await client.create_volume(labels=labels)).name
    await client.create_volume(named, labels=labels)
    await client.create_volume(used, labels=labels)
    await client.create_volume(odd, labels={**labels, "keep": ""}, driver_options={"type": "tmpfs", "device": "tmpfs"})
    fill = ["sh", "-c", "head -c 70000 /dev/zero >/v/file"]
    await client.run_container(image, fill, ["--rm", "-v", f"{named}:/v"])
    await client.run_container(image, ["true"], ["-d", "--name", name(), "-v", f"{used}:/v"])
    if engine.api >= (1, 42):
        would = await client.prune_volumes(filters=filters, dry_run=True)
        assert would.volumes == (anonymous,)
        assert await client.prune_volumes(filters=filters) == would
    else:
        for dry_run in (True, False):
            with pytest.raises(InvalidArgument, match="all=True"):
                await client.prune_volumes(filters=filters, dry_run=dry_run)
        await client.remove_volume(anonymous)
    assert await client.prune_volumes(filters={**filters, "label!": "mlng-t"}, all=True) == VolumePruning((), 0)
    would = await client.prune_volumes(filters=filters, all=True, dry_run=True)
    assert would.volumes == (named,)
    assert 70_000 <= would.reclaimed < 100_000
    assert (await client.volume(named)).name == named
    assert await client.prune_volumes(filters=filters, all=True) == would
    left = {volume.name for volume in await client.volumes(filters=filters)}
    assert left == {used, odd}


async def test_filters_of_dockers_settings_count(connect_to: Connect, name: Names, tmp_path) -> None:  # type: ignore[no-untyped-def]
    label = f"mlng-t={uuid.uuid4().hex}"
    key, _, value = label.partition("=")
    mine = name.volume()
    client = connect_to(environ=docker_config(tmp_path / "docker", {"pruneFilters": ["label=mlng-none"]}))
    await client.create_volume(mine, labels={key: value})
    for dry_run in (True, False):
        assert await client.prune_volumes(filters={"label": label}, all=True, dry_run=dry_run) == VolumePruning((), 0)
    client = connect_to(environ=docker_config(tmp_path / "other", {"pruneFilters": ["until=24h"]}))
    with pytest.raises(InvalidArgument, match=r"pruneFilters.*until"):
        await client.prune_volumes(filters={"label": label}, all=True)
    assert (await client.volume(mine)).name == mine


def test_times_of_engines() -> None:
    utc = timezone.utc
    assert engine_time("2026-11-27T17:56:11.123456789Z") == datetime(2026, 11, 27, 17, 56, 11, 123456, utc)
    assert engine_time("2026-11-27T17:56:11+02:00") == datetime(2026, 11, 27, 15, 56, 11, 0, utc)
    assert engine_time("2026-11-27T17:56:11.5Z") == datetime(2026, 11, 27, 17, 56, 11, 500000, utc)
    for none in ("", None, "0001-01-01T00:00:00Z", "yesterday"):
        assert engine_time(none) is None
