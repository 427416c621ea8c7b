"""What tools/gpu-check.sh runs."""

from __future__ import annotations

import asyncio
import os
import sys

from ml_nexus_go import GPU, DockerClient, DockerError, ExecOptions, RunOptions, connect

IMAGE = os.environ.get("IMAGE", "ubuntu:24.04")
NO_GPU = 2


def same(what: str, got: object, wanted: object) -> None:
    """Print a line for a check, and exit if it failed."""
    if got != wanted:
        raise SystemExit(f"FAIL  {what}: {got!r}, and not {wanted!r}")
    print(f"ok    {what}", flush=True)


async def uuids_in(client: DockerClient, options: RunOptions) -> list[str]:
    """Return the GPUs that a container sees."""
    query = ["nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader"]
    return (await client.run_container(IMAGE, query, options)).split()


async def check(client: DockerClient, gpus: list[GPU]) -> None:
    """Check runs, execs and stats with GPUs."""
    all_uuids = [str(one.uuid) for one in gpus]
    same("run with gpus='all'", await uuids_in(client, RunOptions(rm=True, gpus="all")), all_uuids)
    same("run with one, by its UUID", await uuids_in(client, RunOptions(rm=True, gpus=[all_uuids[-1]])), all_uuids[-1:])
    same("run with the first, by its number", await uuids_in(client, RunOptions(rm=True, gpus=[0])), all_uuids[:1])
    if len(gpus) > 1:
        same("run with two, by their numbers", await uuids_in(client, RunOptions(rm=True, gpus=[0, 1])), all_uuids[:2])
    box = await client.run_container(IMAGE, ["sleep", "300"], RunOptions(detach=True, gpus=[0]))
    try:
        seen = await client.exec_container(str(box), ["nvidia-smi", "-L"], ExecOptions(workdir="/"))
        same("exec sees the container's GPU", all_uuids[0] in seen, True)
        sample = await client.container_stats(str(box))
        same("stats of that container", (sample.pids, sample.memory > 0), (1, True))
    finally:
        await client.remove_container(str(box), force=True)
    free = await client.free_gpus()
    same("free_gpus() are some of gpus()", {one.uuid for one in free} <= set(all_uuids), True)


async def main() -> int:
    """Run the checks; return the exit code."""
    async with connect(sys.argv[1] if len(sys.argv) > 1 else None) as client:
        try:
            gpus = await client.gpus()
        except DockerError as error:
            print(f"No GPU can be checked at {client.target}: {error.message}")
            return NO_GPU
        known = [one for one in gpus if one.uuid]
        if not known:
            print(f"There is no NVIDIA GPU at {client.target}: nvidia-smi is not there, and the engine names none.")
            return NO_GPU
        for one in known:
            print(f"      GPU {one.index}: {one.name}, {(one.memory_total or 0) >> 20} MiB, {one.uuid}")
        await check(client, known)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
