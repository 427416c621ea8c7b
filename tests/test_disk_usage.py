"""What is on the engine's disk, against docker's command and the engine's document."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import BuildCacheRecord, DiskUsage, DockerClient, InvalidArgument, OperationTimeout, Usage, connect

from .support.bed import Engine
from .support.builds import context, fresh
from .support.hanging_engine import hanging_engine
from .support.names import Names
from .support.wait import until

pytestmark = pytest.mark.by_turns


def human(size: float, digits: int = 4) -> str:
    """A size as docker writes it."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000:
            return f"{size:.{digits}g}{unit}"
        size /= 1000
    raise AssertionError(size)


def shown(kind: str, usage: Usage) -> dict[str, str]:
    """The row that docker writes of it."""
    reclaimable = human(usage.reclaimable)
    if usage.size > 0 and kind != "Build Cache":
        reclaimable += f" ({usage.reclaimable * 100 // usage.size}%)"
    return {
        "Type": kind,
        "TotalCount": str(usage.count),
        "Active": str(usage.active),
        "Size": human(usage.size),
        "Reclaimable": reclaimable,
    }


def rows_of(usage: DiskUsage) -> list[dict[str, str]]:
    """All that docker writes of it."""
    kinds = {
        "Images": usage.images,
        "Containers": usage.containers,
        "Local Volumes": usage.volumes,
        "Build Cache": usage.build_cache,
    }
    return [shown(kind, one) for kind, one in kinds.items()]


def docker_rows(engine: Engine) -> list[dict[str, str]]:
    """What docker writes, as soon as nobody else is measuring."""
    while True:
        done = engine.docker("system", "df", "--format", "{{json .}}", check=False)
        if done.returncode == 0:
            return [json.loads(line) for line in done.stdout.splitlines()]
        assert "already running" in done.stderr or "snapshot" in done.stderr, done.stderr


async def test_rows_are_those_of_docker(client: DockerClient, engine: Engine) -> None:
    # Other tests come and go: each row counts when nothing changed meanwhile.
    equal: set[str] = set()
    for _ in range(200):
        pairs = zip(rows_of(await client.disk_usage()), docker_rows(engine), strict=True)
        rows = {own["Type"]: (own, docker) for own, docker in pairs}
        equal |= {kind for kind, (own, docker) in rows.items() if own == docker}
        if len(equal) == len(rows):
            break
    assert equal == set(rows), [rows[kind] for kind in set(rows) - equal]


async def test_items_are_those_of_the_engine(client: DockerClient, engine: Engine, name: Names, image: str) -> None:
    box, volume, started = name(), name.volume(), datetime.now(timezone.utc)
    fill = "head -c 70000 /dev/zero >/file; head -c 80000 /dev/zero >/v/file; : >/v/done; sleep 3600"
    await client.run_container(image, fill, ["-d", "--name", box, "-v", f"{volume}:/v"], shell=True)
    await client.exec_container(box, "until [ -e /v/done ]; do sleep 0.05; done", shell=True)
    usage = await client.disk_usage()
    (container,) = [one for one in usage.containers.items if one.name == box]
    assert container.state == "running"
    assert container.size is not None
    assert 70_000 <= container.size < 90_000
    assert container.created > started - timedelta(minutes=5)
    (mine,) = [one for one in usage.volumes.items if one.volume.name == volume]
    assert mine.containers == 1
    assert mine.size is not None
    assert 80_000 <= mine.size < 100_000
    assert mine.volume.mountpoint == (await client.volume(volume)).mountpoint
    (made_from,) = [one for one in usage.images.items if one.image.id == container.image_id]
    assert made_from.containers is not None
    assert made_from.containers >= 1
    assert made_from.shared_size is not None
    assert made_from.unique_size == made_from.image.size - made_from.shared_size
    raw = usage.raw
    assert [one.image.raw for one in usage.images.items] == (raw["Images"] or [])
    assert [one.raw for one in usage.containers.items] == (raw["Containers"] or [])
    assert [one.volume.raw for one in usage.volumes.items] == (raw["Volumes"] or [])
    assert [one.raw for one in usage.build_cache.items] == (raw["BuildCache"] or [])
    with pytest.raises(InvalidArgument, match="timeout"):
        await client.disk_usage(timeout=0)


async def test_it_ends_in_time(tmp_path: Path) -> None:
    with hanging_engine(tmp_path) as target:
        async with connect(target) as client:
            with pytest.raises(OperationTimeout):
                await client.disk_usage(timeout=0.1)


async def built(client: DockerClient, name: Names, folder: Path, *lines: str) -> list[BuildCacheRecord]:
    """The records of a build's own steps, by its words."""
    word = uuid.uuid4().hex
    steps = [line.replace("WORD", word) for line in lines]
    await client.build_image(context(folder, fresh(*steps)), name.image(), builder="buildkit")

    async def used() -> list[BuildCacheRecord]:
        mine = [one for one in await client.build_cache() if word in one.description]
        return mine if all(one.last_used for one in mine) else []

    # The builder notes a moment later that they were used.
    records: list[BuildCacheRecord] = await until(used, "the builder's note that they were used")
    return records


def equal_to_docker(record: BuildCacheRecord, engine: Engine) -> None:
    """Compare a record field by field with docker's."""
    (row,) = [one for one in docker_records(engine) if one["ID"] == record.id]
    assert row["CacheType"] == record.type
    assert row["Description"] == record.description
    assert row["InUse"] == str(record.in_use).lower()
    assert row["Shared"] == str(record.shared).lower()
    assert row["Size"] == human(record.size, 3)
    assert row["UsageCount"] == str(record.usage_count)


def docker_records(engine: Engine) -> list[dict[str, Any]]:
    """What docker lists, as soon as nobody else is measuring."""
    while True:
        done = engine.docker("system", "df", "-v", "--format", "{{json .}}", check=False)
        if done.returncode == 0:
            records: list[dict[str, Any]] = json.loads(done.stdout)["BuildCache"]
            return records
        assert "already running" in done.stderr or "snapshot" in done.stderr, done.stderr


async def test_build_cache(client: DockerClient, engine: Engine, name: Names, tmp_path: Path) -> None:
    started = datetime.now(timezone.utc) - timedelta(minutes=5)
    upper, lower = sorted(
        await built(client, name, tmp_path / "a", "RUN echo WORD >/lower", "RUN head -c 70000 /dev/zero >/WORD"),
        key=lambda record: -record.size,
    )
    assert upper.parents == (lower.id,)
    assert upper.size >= 70_000
    for record in (upper, lower):
        assert record.type == "regular"
        assert record.created is not None
        assert record.last_used is not None
        assert started < record.created <= record.last_used
        equal_to_docker(record, engine)


async def test_pruning_build_cache(client: DockerClient, name: Names, tmp_path: Path) -> None:
    mine = name.image()
    word = uuid.uuid4().hex
    await client.build_image(context(tmp_path / "a", fresh(f"RUN head -c 70000 /dev/zero >/{word}")), mine)
    (record,) = [one for one in await client.build_cache() if word in one.description]
    await client.remove_image(mine)
    filters: dict[str, Any] = {"id": f"^{record.id}$"}
    for age in (timedelta(hours=1), datetime.now() - timedelta(hours=1), "1h"):
        for dry_run in (True, False):
            none = await client.prune_build_cache(filters={**filters, "until": age}, dry_run=dry_run, all=True)
            assert none.deleted == ()
    other = {**filters, "type": "source.local"}
    assert (await client.prune_build_cache(filters=other, all=True)).deleted == ()
    would = await client.prune_build_cache(filters=filters, all=True, dry_run=True)
    assert would.deleted == (record.id,)
    assert would.reclaimed == record.size
    assert record.id in {one.id for one in await client.build_cache()}
    assert await client.prune_build_cache(filters=filters, all=True) == would
    assert record.id not in {one.id for one in await client.build_cache()}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"filters": {"label": "a"}}, '"label".*description, id, type, until'),
    ({"filters": {"until": "tomorrow"}}, "neither a time nor an age"),
    ({"filters": {"until": timedelta(-1)}}, "negative"),
    ({"filters": {"id": ["a", "b"]}}, "id is given 2 times"),
    ({"filters": {"id": "("}, "dry_run": True}, "regular expression"),
    ({"keep_storage": -1}, "keep_storage"),
    ({"keep_storage": "1g"}, "keep_storage"),
    ({"min_free": 1, "dry_run": True}, "min_free"),
    ({"all": "yes"}, "all"),
]


async def test_bad_prunes_remove_nothing(client: DockerClient, engine: Engine, name: Names, tmp_path: Path) -> None:
    (record,) = await built(client, name, tmp_path / "a", "RUN echo >/WORD")
    for keywords, said in WRONG:
        with pytest.raises(InvalidArgument, match=said):
            await client.prune_build_cache(**keywords)
    if engine.api < (1, 48):
        with pytest.raises(InvalidArgument, match=r"1\.48.*keep_storage"):
            await client.prune_build_cache(max_used=1)
    assert record.id in {one.id for one in await client.build_cache()}
