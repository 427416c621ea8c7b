"""List the containers with a label: their names, states and when they were made."""

import json
from datetime import datetime, timezone

from bench.compare.stage import Run, Stage

NOTES = {
    "docker_py": "A request for each container, one after the other. Times are the engine's text.",
    "aiodocker": "Rows are the engine's JSON.",
    "whales": "One `docker` process lists them, a second describes them.",
}


async def ours(client, label):
    found = await client.containers({"label": label}, all=True)
    return [(box.name, box.state, box.created) for box in found]


def docker_py(client, label):
    found = client.containers.list(all=True, filters={"label": label})
    return [(box.name, box.status, datetime.fromisoformat(box.attrs["Created"])) for box in found]


async def aiodocker(client, label):
    filters = json.dumps({"label": [label]})
    found = await client.containers.list(all="true", filters=filters)
    return [
        (box["Names"][0].removeprefix("/"), box["State"], datetime.fromtimestamp(box["Created"], timezone.utc))
        for box in found
    ]


def whales(client, label):
    found = client.container.list(all=True, filters=[("label", label)])
    return [(box.name, box.state.status, box.created) for box in found]


async def check(stage: Stage, run: Run) -> None:
    async with stage.box(label="team=compare") as one, stage.box(label="team=compare") as two, stage.box():
        found = await run("team=compare")
    assert {name: state for name, state, _ in found} == {one: "running", two: "running"}
    for _, _, created in found:
        assert abs((datetime.now(timezone.utc) - created).total_seconds()) < 60
