"""Measure what a container uses: of the processors as `docker stats` shows it, of memory without the cache."""

from bench.compare.stage import Run, Stage

NOTES = {
    "docker_py": "It gives the engine's counters; the arithmetic is docker's, written again.",
    "aiodocker": "The same.",
    "whales": "The figures are those that the docker command prints, rounded.",
}


async def ours(client, container):
    stats = await client.container_stats(container)
    return stats.cpu_percent, stats.memory


def docker_py(client, container):
    now = client.containers.get(container).stats(stream=False)
    cpu, before, memory = now["cpu_stats"], now["precpu_stats"], now["memory_stats"]
    used = cpu["cpu_usage"]["total_usage"] - before["cpu_usage"]["total_usage"]
    passed = cpu["system_cpu_usage"] - before["system_cpu_usage"]
    return used / passed * cpu["online_cpus"] * 100, memory["usage"] - _cache(memory["stats"])


async def aiodocker(client, container):
    [now] = await client.containers.container(container).stats(stream=False)
    cpu, before, memory = now["cpu_stats"], now["precpu_stats"], now["memory_stats"]
    used = cpu["cpu_usage"]["total_usage"] - before["cpu_usage"]["total_usage"]
    passed = cpu["system_cpu_usage"] - before["system_cpu_usage"]
    return used / passed * cpu["online_cpus"] * 100, memory["usage"] - _cache(memory["stats"])


def whales(client, container):
    [stats] = client.stats(container)
    return stats.cpu_percentage, stats.memory_used


def _cache(stats):
    # The name depends on the version of cgroups.
    return stats.get("total_inactive_file", stats.get("inactive_file", 0))


async def check(stage: Stage, run: Run) -> None:
    async with stage.box("while :; do :; done") as box:
        processors, memory = await run(box)
    assert 1 < processors < 120
    assert 0 < memory < 50_000_000
