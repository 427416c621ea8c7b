"""Programs that run jobs, and faults meanwhile; then the checks."""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import random
import shutil
import sys
from typing import Any

from tests.support.fleet import Fleet
from tests.support.program import ROOT, environment

from . import traces
from .faults import CLIENT_KILLED, FAULTS

# How a job may end that a fault has hit: it is reported as lost.
LOST = {"NodeLost", "ConnectionLost", "EngineUnreachable"}
SETTLED = 180.0  # seconds until nothing is left
MANAGER = "manager-restarted"
BROKEN = 30  # jobs in a row that fail for another reason: the fleet is broken, and more of them tell nothing


class Storm:
    """One run. ``jobs`` are all that were begun, ``outcomes`` what their programs said."""

    def __init__(self, fleet: Fleet, chosen: argparse.Namespace, chance: random.Random) -> None:
        self._fleet, self._chosen, self._chance = fleet, chosen, chance
        self._label = f"mlng.chaos={chosen.seed}"
        self._programs: dict[str, asyncio.subprocess.Process] = {}
        self._readers: list[asyncio.Task[None]] = []
        self._made = 0
        self.jobs: dict[str, dict[str, Any]] = {}
        self.outcomes: dict[str, dict[str, Any]] = {}
        self.killed: set[str] = set()
        self.faults: collections.Counter[str] = collections.Counter()
        self.errors: collections.Counter[str] = collections.Counter()
        self.failures: list[str] = []
        self._failed = 0  # jobs in a row

    async def run(self, names: list[str]) -> None:
        """Do faults for as long as they are wanted, and let all programs end."""
        for _, folder in traces.folders(self._fleet):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            folder.chmod(0o777)
        for _ in range(self._chosen.clients):
            await self._begin()
        end = asyncio.get_running_loop().time() + self._chosen.minutes * 60
        while names and self._failed < BROKEN and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(self._chance.uniform(2, 10))
            name = self._chance.choice(names)
            print(f"{name}, after {len(self.outcomes)} jobs", flush=True)
            await self._kill() if name == CLIENT_KILLED else await FAULTS[name][0](self._fleet, self._chance)
            self.faults[name] += 1
        if self._failed >= BROKEN:
            self.failures.append(f"nothing was tried any more after {self._failed} failed jobs in a row")
        await asyncio.to_thread(self._fleet.restore)
        if names:
            for program in self._programs.values():
                assert program.stdin is not None
                program.stdin.close()
        await asyncio.wait_for(asyncio.gather(*self._readers), 600)

    async def _begin(self) -> None:
        self._made += 1
        seed, node = f"{self._chosen.seed}-{self._made}", self._fleet.nodes[0]
        words = [f"swarm://{node['name']}", node["ssh"]["ssh_config"], self._label, seed, self._chosen.at_once]
        words += [self._chosen.longest, self._chosen.jobs]
        pipe = asyncio.subprocess.PIPE
        argv = [sys.executable, "-m", "chaos.fleet.program", *map(str, words)]
        program = await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe, cwd=ROOT, env=environment())
        self._programs[seed] = program
        self._readers.append(asyncio.ensure_future(self._read(seed, program)))

    async def _read(self, seed: str, program: asyncio.subprocess.Process) -> None:
        assert program.stdout is not None
        over = False
        async for line in program.stdout:
            said = json.loads(line)
            over = over or "over" in said
            if "begins" in said:
                self.jobs[said["job"]["token"]] = said["job"]
            elif "token" in said:
                self.outcomes[said["token"]] = said
                self._failed = 0 if said.get("error", "NodeLost") in LOST else self._failed + 1
        if not over and seed not in self.killed:
            self.failures.append(f"program {seed} has ended by itself ({await program.wait()})")

    async def _kill(self) -> None:
        seed = self._chance.choice(sorted(self._programs))
        program = self._programs.pop(seed)
        self.killed.add(seed)
        program.kill()
        await program.wait()
        await self._begin()

    async def check(self) -> None:
        """Judge each job, the GPUs, and what is left."""
        await self._nothing_left()
        found = await asyncio.to_thread(traces.read, self._fleet)
        self.failures += traces.used_twice(found)
        attempts: dict[str, list[traces.Trace]] = collections.defaultdict(list)
        for trace in found:
            attempts[trace.token].append(trace)
        for token, job in self.jobs.items():
            problem = self._problem(job, self.outcomes.get(token), attempts[token])
            if problem:
                self.failures.append(f"{job}: {problem}\n  {self.outcomes.get(token)}\n  {attempts[token]}")

    def _problem(self, job: dict[str, Any], said: dict[str, Any] | None, attempts: list[traces.Trace]) -> str:
        """Return what is wrong with a job; "" if nothing is."""
        if said is None:
            return "" if job["token"].rpartition("-")[0] in self.killed else "nothing came of it"
        if "error" in said:
            self.errors[f"run_container {said['error']}"] += 1
            restarted = said["reason"] == "engine_restarted"
            allowed = (said["error"] in LOST or restarted) and self.faults.total() > 0
            ended = [trace for trace in attempts if trace.ended]
            if not allowed:
                return "it failed"
            return "it ended, but once" if len(ended) > 1 and not job["reschedule"] else ""
        if (said["code"], said["stdout"]) != (job["code"], "begins\nends\n"):
            return "its result is wrong"
        counted = [trace for trace in attempts if said["container"].startswith(trace.container)]
        if len(counted) != 1 or not counted[0].ended or len(counted[0].gpus) != job["gpus"]:
            return "its node knows nothing of its end"
        for trace in attempts:
            if trace is not counted[0] and not any(lost.startswith(trace.container) for lost in said["lost"]):
                return "it ran another time, which was not reported"
        return ""

    async def _nothing_left(self) -> None:
        end = asyncio.get_running_loop().time() + SETTLED
        async with self._fleet.connect() as client:
            while True:
                await client.reap()
                left = await asyncio.to_thread(self._left)
                if not left:
                    return
                if asyncio.get_running_loop().time() > end:
                    self.failures.append("left behind:\n  " + "\n  ".join(left))
                    return
                await asyncio.sleep(1)

    def _left(self) -> list[str]:
        mine, form = "label=ml-nexus-go.reservation", "{{.ID}} {{.Name}} {{.Replicas}}"
        services = self._fleet.docker(None, "service", "ls", "--filter", mine, "--format", form)
        found = [f"service {line}" for line in services.splitlines()]
        form = '{{.Names}} {{.Status}} {{.Label "ml-nexus-go.reservation"}}'
        for node in self._fleet.nodes:
            for what in (f"label={self._label}", "name=ml-nexus-go-device-"):
                rows = self._fleet.docker(node, "ps", "-a", "--filter", what, "--format", form)
                found += [f"on {node['name']}: {row}" for row in rows.splitlines()]
        return found

    def summary(self) -> str:
        """Say what came of the jobs."""
        ends = collections.Counter("lost" if "error" in said else "done" for said in self.outcomes.values())
        moved = sum(bool(said.get("lost")) for said in self.outcomes.values())
        killed = len(self.jobs) - len(self.outcomes)
        done = f"{ends['done']} done ({moved} after they had moved), {ends['lost']} reported as lost"
        return f"{done}, {killed} of killed clients, {self.faults.total()} faults"
