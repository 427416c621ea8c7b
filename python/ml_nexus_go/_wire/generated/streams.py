# Written by go run ./tools/wire. Change the Go side instead.
"""What core/streams.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class InputEvent(TypedDict):
    """InputEvent reports that the process reads what the caller writes. It precedes the StartedEvent of a run or an
    exec whose options were to decide that.
    """

    event: Literal["input"]


class StartedEvent(TypedDict):
    """StartedEvent reports that a process was started and how to reach it. (Of a durable exec, which outlives its
    caller: that it is about to be.)
    """

    event: Literal["started"]
    container_id: str
    # exec_id is set for an exec: what ExecResize and ExecSignal take.
    exec_id: NotRequired[str]
    tty: bool


class ReconnectedEvent(TypedDict):
    """ReconnectedEvent reports that an operation waited for a lost engine, and goes on."""

    event: Literal["reconnected"]
    # why the connection was lost, or the last attempt failed
    reason: str
    # how long the engine did not answer
    seconds: float


class WaitingEvent(TypedDict):
    """WaitingEvent reports that a run waits for a place in a fleet, and why: in Swarm's words."""

    event: Literal["waiting"]
    reason: str


class RescheduledEvent(TypedDict):
    """RescheduledEvent reports that the node of a run was lost, and that the run begins again elsewhere: the output
    before it is that of the attempt that was lost.
    """

    event: Literal["rescheduled"]
    node: str
    # "" if none was made
    container_id: NotRequired[str]
    reason: str


class WarningEvent(TypedDict):
    """WarningEvent carries a warning from the engine or from this client."""

    event: Literal["warning"]
    message: str


class Progress(TypedDict):
    """Progress reports how far an operation has come. Total is -1 if it is unknown."""

    event: Literal["progress"]
    # bytes
    done: int
    # bytes
    total: int
    files: int
