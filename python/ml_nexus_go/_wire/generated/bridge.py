# Written by go run ./tools/wire. Change the Go side instead.
"""What capi/bridge puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class Nothing(TypedDict):
    """Nothing is an empty object."""


class Stats(TypedDict):
    """Stats counts what is open, to find leaks."""

    goroutines: int
    # this one included
    operations: int
    clients: int
    queues: int
    # of the whole process; -1 if it is unknown
    open_fds: int


class ExistsResult(TypedDict):
    """ExistsResult says whether there is one."""

    exists: bool


class OpenResult(TypedDict):
    """OpenResult has the handle of a new client."""

    client: int


class TransferRequest(TypedDict):
    """TransferRequest names the other client by its handle."""

    image: str
    # asks for events: Progress, LayerEvent, StatusEvent
    progress: NotRequired[bool | None]
    to: int


class StdinEvent(TypedDict):
    """StdinEvent says how many more bytes of the input were read."""

    event: Literal["stdin"]
    consumed: int


class ProcessRequest(TypedDict):
    """ProcessRequest has the name of a process."""

    process: str


class GoneResult(TypedDict):
    """GoneResult says whether a process is proven to have ended."""

    gone: bool


class ReserveResult(TypedDict):
    """ReserveResult has the handle of a client of the node where the resources are held."""

    node: str
    # by the names that --gpus device= takes
    gpus: list[str]
    # those of other kinds
    devices: dict[str, list[str]]
    client: int
    target: str
