"""list_containers: the rows of docker ps."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ml_nexus_go import DockerClient

from .support.bed import Engine
from .support.names import Names

pytestmark = pytest.mark.by_turns
AGES = re.compile(r"\d+ (seconds?|minutes?)|Less than a second|About a minute")


def rows_of_docker(engine: Engine, mine: set[str]) -> dict[str, dict[str, Any]]:
    """Return what docker's command prints for these containers.

    Others come and go, and the command fails if one goes while the engine measures its size.
    """
    while (done := engine.docker("ps", "-a", "--no-trunc=false", "--format", "{{json .}}", check=False)).returncode:
        assert re.search("(?i)not found|no such", done.stderr), done.stderr
    rows = map(json.loads, AGES.sub("AGE", done.stdout).splitlines())
    return {row["Names"]: row for row in rows if row["Names"] in mine}


@pytest.fixture(scope="session")
def some(engine: Engine, image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[str]]:
    """Containers of many kinds, in many states."""
    name, folder = Names(engine), tmp_path_factory.mktemp("here")
    kinds: list[tuple[list[str], list[str]]] = [
        (["-d"], ["sleep", "3600"]),
        (["-d", "-p", "127.0.0.1::80", "-p", "127.0.0.1::53/udp", "--expose", "90"], ["sleep", "3600"]),
        (["-d", "-v", f"{folder}:/here", "-v", "/data", "--mount", "type=tmpfs,dst=/t"], ["sleep", "3600"]),
        (["-d", "--label", "a=b,c", "--label", "d"], ["sh", "-c", "echo 'a long \"command\"' <ü> & sleep 3600"]),
        (["-d", "--network", "none"], ["sleep", "3600"]),
        (["-d", "--network", "host"], ["sleep", "3600"]),
        (["-d", "--health-cmd", "true", "--health-interval", "1h"], ["sleep", "3600"]),
        ([], ["true"]),
        ([], ["sh", "-c", "exit 3"]),
        (["-d", "--restart", "always"], ["sleep", "3600"]),
    ]
    names = set()
    for options, command in kinds:
        names.add(mine := name())
        engine.docker("run", *options, "--name", mine, image, *command, check=False)
    names.add(paused := name())
    engine.docker("run", "-d", "--name", paused, image, "sleep", "3600")
    engine.docker("pause", paused)
    names.add(created := name())
    engine.docker("create", "--name", created, image, "true")
    yield names
    name.clean()


async def test_rows_equal_those_of_docker_field_for_field(client: DockerClient, engine: Engine, some: set[str]) -> None:
    """Each must equal docker's row from before or after it. Ages pass meanwhile: package rows compares those."""
    differing: dict[str, Any] = {}
    # What has just started may not have come up yet in one of them.
    end = time.monotonic() + 180
    while time.monotonic() < end:
        before = rows_of_docker(engine, some)
        listed = json.loads(AGES.sub("AGE", json.dumps(await client.list_containers(), ensure_ascii=False)))
        after = rows_of_docker(engine, some)
        differing = {key: (listed[key], after[key]) for key in some if listed[key] not in (before[key], after[key])}
        if not differing:
            break
    assert not differing
    assert set(before) == set(after) == some
    assert all(list(listed[key]) == list(after[key]) for key in some), "the order of the fields"


async def test_the_same_after_a_second_look(client: DockerClient, some: set[str]) -> None:
    assert some <= set(await client.list_containers())
    assert some <= set(await client.list_containers())


async def test_a_listing_while_containers_come_and_go(client: DockerClient, image: str) -> None:
    runs = [asyncio.ensure_future(client.run_container(image, ["true"], ["--rm"])) for _ in range(5)]
    while not all(run.done() for run in runs):
        for row in (await client.list_containers()).values():
            assert row["Image"]
    await asyncio.gather(*runs)
