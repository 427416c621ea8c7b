"""GPUs of the engine's host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _results
from .._arguments.checks import byte_position
from .._errors import Conflict, EngineError, InvalidArgument
from .._wire.generated.methods import SYSTEM_HOST_FACTS, SYSTEM_INFO
from .requests import Requests

if TYPE_CHECKING:
    from .._results.gpus import GPU


class GPUs(Requests):
    """Methods about GPUs."""

    async def gpus(self) -> list[GPU]:
        """Return the GPUs of the engine's host, in the order of their numbers; [] without any.

        Asks ``nvidia-smi`` on the host: of this machine, or over the SSH connection that is
        there. Behind TCP, or where the host has no ``nvidia-smi``, only the devices are known
        that the engine has found by CDI (API 1.50). Raises EngineError if nvidia-smi fails.
        """
        facts = await self._call(SYSTEM_HOST_FACTS({}))
        if facts["nvidia_problem"]:
            raise EngineError(
                f"nvidia-smi on the host does not work: {facts['nvidia_problem']}",
                op="gpus",
                target=self.target,
            )
        if facts["nvidia_smi"]:
            return _results.tables.Listing(map(_results.gpus.gpu_of, facts["gpus"]))
        return _results.tables.Listing(_results.gpus.gpus_of_engine(await self._call(SYSTEM_INFO({}))))

    async def free_gpus(self, count: int | None = None, *, memory: int | None = None) -> list[GPU]:
        """Return GPUs that no program uses, those with the most free memory first.

        With ``memory`` (bytes), those with so much of it free, whoever uses them. With
        ``count``, exactly so many. Nothing is reserved: another program may take them. Pass
        on their devices: ``RunOptions(gpus=[gpu.device for gpu in found])``. Raises Conflict if
        there are fewer than ``count``.
        """
        wanted = _count(count)
        needed = None if memory is None else byte_position(memory, "memory")
        known = await self.gpus()
        free = [one for one in known if _is_free(one, needed)]
        free.sort(key=lambda one: -(one.memory_free or 0))
        if wanted is not None and len(free) < wanted:
            which = "that no program uses" if needed is None else f"with {needed} bytes of free memory"
            raise Conflict(
                f"{wanted} GPUs {which} are wanted, and {len(free)} of the host's {len(known)} are there",
                op="free_gpus",
                target=self.target,
            )
        return _results.tables.Listing(free[:wanted])


def _is_free(gpu: GPU, memory: int | None) -> bool:
    if memory is not None:
        return gpu.memory_free is not None and gpu.memory_free >= memory
    return gpu.processes == ()  # None: nobody knows


def _count(value: int | None) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise InvalidArgument(f"count must be a number from 1 on, not {value!r}")
    return value
