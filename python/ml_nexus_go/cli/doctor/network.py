"""The name and the port of a host, before anything is said to it."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .step import FAIL, OK, Step

_FAMILIES = {"inet": socket.AF_INET, "inet6": socket.AF_INET6}
_UNKNOWN = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
_NO_ROUTE = (errno.EHOSTUNREACH, errno.ENETUNREACH)


@dataclass(frozen=True)
class Address:
    """A port that something is to listen at."""

    host: str
    port: int
    server: str  # what is to listen there
    family: str = "any"
    role: str = ""  # what the host is, if it is not the target's

    def named(self, message: str) -> str:
        """Return a message that says which host it is about."""
        return f"{self.role}: {message}" if self.role else message


async def resolve(address: Address, timeout: float) -> tuple[Step, list[str]]:
    """Return the step about a name, and its addresses."""
    try:
        found = await asyncio.wait_for(_asked(address), timeout)
    except (asyncio.TimeoutError, TimeoutError):
        why = f"no answer about the name {address.host} within {timeout:g} s: check the network and the name servers"
        return Step("name", FAIL, address.named(why)), []
    except socket.gaierror as error:
        return Step("name", FAIL, address.named(_unresolved(address.host, error))), []
    except UnicodeError:
        return Step("name", FAIL, address.named(f"{address.host} is not a valid name: check it")), []
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    return Step("name", OK, address.named(f"{address.host} is {', '.join(addresses)}")), addresses


def _unresolved(host: str, error: socket.gaierror) -> str:
    if error.errno in _UNKNOWN:
        return f"the name {host} does not resolve: check it, or give HostName in the ssh config"
    return f"the name {host} does not resolve ({error.strerror}): check the network and the name servers"


async def _asked(address: Address) -> list[Any]:
    """Ask in a thread of its own: the program does not wait for one that hangs."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[Any]] = loop.create_future()

    def settle(result: list[Any] | None, error: Exception | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result or [])

    def ask() -> None:
        result, problem = None, None
        try:
            family = _FAMILIES.get(address.family, socket.AF_UNSPEC)
            result = socket.getaddrinfo(address.host, address.port, family=family, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            problem = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, problem)

    threading.Thread(target=ask, name="name", daemon=True).start()
    return await answer


async def reach(address: Address, addresses: list[str], timeout: float) -> Step:
    """Return the step about a port, within ``timeout`` seconds for all addresses together."""
    problems = []
    for at, one in enumerate(addresses):
        share = timeout / (len(addresses) - at)
        began = asyncio.get_running_loop().time()
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(one, address.port), share)
        except (OSError, asyncio.TimeoutError) as error:
            problems.append(_unreached(address, one, error, share))
            timeout -= min(asyncio.get_running_loop().time() - began, share)
            continue
        writer.close()
        return Step("tcp", OK, address.named(f"{_place(one, address.port)} accepts connections"))
    return Step("tcp", FAIL, address.named("; ".join(problems)))


def _unreached(address: Address, one: str, error: Exception, timeout: float) -> str:
    place = _place(one, address.port)
    if isinstance(error, ConnectionRefusedError):
        return f"{place} refuses connections: is {address.server} running there, at this port?"
    if isinstance(error, OSError) and error.errno in _NO_ROUTE:
        return f"there is no route to {place}: check the address and the network"
    if isinstance(error, (asyncio.TimeoutError, TimeoutError)):
        return f"{place} gives no answer within {timeout:g} s: check the address, the network and firewalls"
    return f"{place} cannot be reached: {error}"


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
