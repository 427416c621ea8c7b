"""Names of processes, with which another program can prove that one has ended."""

from __future__ import annotations

from .._wire.generated.methods import PROCESS_GONE, PROCESS_NAME
from .ask import ask


async def process_name() -> str:
    """Return the name of this process; "" if nobody could prove its end."""
    return (await ask(PROCESS_NAME({})))["process"]


async def process_gone(name: str) -> bool:
    """Return whether a process is proven to have ended; when in doubt, it counts as alive."""
    return (await ask(PROCESS_GONE({"process": name})))["gone"]
