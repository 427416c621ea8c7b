"""What must not be left when all operations have ended and the client is closed."""

from __future__ import annotations

import asyncio
import collections
import gc
from pathlib import Path

from ml_nexus_go import ContainerProcess, DockerClient
from tests.support.bed import part
from tests.support.leaks import assert_nothing_open

from .world import LABEL, RECONNECT, World, check

ENDED = {"engine-restarted", "engine-ended", "containerd-killed"}
HOLDING = (DockerClient, ContainerProcess)
SETTLED = RECONNECT + 30  # seconds: an agent whose client does not come back waits as long


# What a process may have more at the end than at the beginning: what the interpreter and the runtime made meanwhile.
SPARE = {"goroutines": 8, "open_fds": 8}


async def check_nothing_left(world: World, before: dict[str, int]) -> None:
    """Look on the engine, in the box, on the host, at sshd and in this process."""
    await assert_nothing_open(None, **{key: before[key] + more for key, more in SPARE.items()})
    _check_objects()
    end = asyncio.get_running_loop().time() + SETTLED
    while found := _found(world):
        check(asyncio.get_running_loop().time() < end, "left behind:\n  " + "\n  ".join(found))
        await asyncio.sleep(0.5)


def _check_objects() -> None:
    """Count the library's objects that have something open, and tasks."""
    gc.collect()
    alive = collections.Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, HOLDING))
    check(alive["DockerClient"] <= 1, f"clients are left, although they were closed: {alive}")
    check(alive["ContainerProcess"] == 0, f"processes are left: {alive}")
    left = [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    check(not left, f"tasks are left: {left}")


def _found(world: World) -> list[str]:
    found = [each for each in _containers(world, f"{LABEL}={world.seed}") if not each.startswith(f"{world.box}:")]
    if ENDED & set(world.history.faults):  # killed in a classic build, it leaves the step
        found = [each for each in found if each.startswith("chaos-")]
    found += _containers(world, "ml-nexus-go.host-agent=1")
    images = world.engine.docker("images", "--format", "{{.Repository}}:{{.Tag}}").stdout.split()
    found += [f"image {each}" for each in images if f"chaos-{world.seed}-" in each]
    _remove_late(world)
    inside = world.engine.docker("exec", world.box, "sh", "-c", "ls -A /tmp /var/tmp /dev/shm 2>/dev/null | grep -v :")
    found += [f"in the box: {line}" for line in inside.stdout.split()] if inside.returncode == 0 else []
    top = world.engine.docker("top", world.box, "-o", "pid,args").stdout.splitlines()[1:]
    found += [f"process in the box: {line}" for line in top if "sleep 86400" not in line and "nc -ll" not in line]
    found += [f"on the host: {path}" for path in world.folder.rglob(".mlng-*")]
    if world.proxy is not None:
        found += [f"session at sshd: {each}" for each in _children(int(part("sshd")["pid"]))]
    return found


def _remove_late(world: World) -> None:
    """Remove the copies that a stopped engine had already when their time was up: they are whole, or left."""
    for path, data in world.late.items():
        said = world.engine.docker("exec", world.box, "sha256sum", path, check=False).stdout.split()
        if said[:1] == [world.sha256(data)]:
            world.engine.docker("exec", world.box, "rm", "-r", str(Path(path).parent))


def _containers(world: World, label: str) -> list[str]:
    form = "{{.Names}}: {{.Status}}, {{.Command}}, {{.CreatedAt}}"
    return world.engine.docker("ps", "-a", "--filter", f"label={label}", "--format", form).stdout.splitlines()


def _children(pid: int) -> list[str]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [f"{child} {Path(f'/proc/{child}/cmdline').read_text()!r}" for child in text.split()]
