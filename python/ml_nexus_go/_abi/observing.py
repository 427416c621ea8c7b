"""What the logger and traces tell of operations: targets, times, lost connections.

No argument and no result of a call is told: they may be secrets. It costs two lookups for each
operation while nobody wants to know: neither a logger at DEBUG nor OpenTelemetry with a provider.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, Any

from .frames import RESULT
from .json import decode

if TYPE_CHECKING:
    from .._wire.generated.builds import BuildVertexEvent
    from .._wire.generated.errors import Error
    from .._wire.generated.streams import ReconnectedEvent, WaitingEvent

logger = logging.getLogger("ml_nexus_go")

# How an event begins that is about the operation itself, whatever it does.
RECONNECTED = b'{"event":"reconnected",'
WAITING = b'{"event":"waiting",'
_STEP = b'{"event":"vertex",'

_targets: dict[int, str] = {}


def name_client(handle: int, target: str) -> None:
    """Remember the target of a client."""
    _targets[handle] = target


def forget_client(handle: int) -> None:
    """Forget a client that is closed."""
    _targets.pop(handle, None)


def begin(operation: str, client: int) -> Observation | None:
    """Return who observes an operation that begins; None if nobody does."""
    logs = logger.isEnabledFor(logging.DEBUG)
    tracer = _tracer()
    if not logs and tracer is None:
        return None
    return Observation(operation, _targets.get(client, ""), tracer, logs)


def aside(payload: memoryview) -> bool:
    """Report whether an EVENT frame is nothing to the operation itself; log why a run waits."""
    if payload[: len(WAITING)] == WAITING:
        event: WaitingEvent = decode(str(payload, "utf-8"))
        logger.info("waiting for a place in the fleet: %s", event["reason"])
        return False
    return payload[: len(RECONNECTED)] == RECONNECTED


def traces() -> bool:
    """Report whether the program records traces."""
    return _tracer() is not None


def _tracer() -> Any:
    """Return OpenTelemetry's tracer in a program that uses it."""
    trace = sys.modules.get("opentelemetry.trace")
    # Without a provider, the one that is there passes on to one that may come, and its spans go nowhere.
    if trace is None or type(trace.get_tracer_provider()).__name__ in ("ProxyTracerProvider", "NoOpTracerProvider"):
        return None
    return trace.get_tracer("ml_nexus_go")


class Observation:
    """One operation, from its submission to its end."""

    __slots__ = ("_began", "_left", "_logs", "_name", "_span", "_steps", "_tracer")

    def __init__(self, operation: str, target: str, tracer: Any, logs: bool) -> None:
        self._name = f"{operation} on {target}" if target else operation
        self._logs = logs
        self._tracer = tracer
        self._began = time.monotonic()
        self._left = False
        self._steps: dict[int, Any] = {}
        attributes = {"ml_nexus_go.target": target} if target else {}
        self._span = None if tracer is None else tracer.start_span(f"docker {operation}", attributes=attributes)
        if logs:
            logger.debug("%s: began", self._name)

    def leave(self) -> None:
        """Note that its reader wants no more: ending it then is no failure."""
        self._left = True

    def event(self, payload: memoryview) -> None:
        """Take an EVENT frame."""
        if payload[: len(RECONNECTED)] == RECONNECTED:
            self._reconnected(decode(str(payload, "utf-8")))
        elif payload[: len(WAITING)] == WAITING:
            self._waits(decode(str(payload, "utf-8")))
        elif self._span is not None and payload[: len(_STEP)] == _STEP:
            self._step(decode(str(payload, "utf-8")))

    def end(self, kind: int, payload: memoryview) -> None:
        """Take the last frame."""
        if kind == RESULT:
            self._end("done", None)
            return
        error: Error = decode(str(payload, "utf-8"))
        if self._left and error["kind"] == "Cancelled":
            self._end("done", None)
        else:
            self._end("failed", f"{error['kind']}: {error['message']}")

    def fail(self, error: BaseException) -> None:
        """End without a last frame."""
        self._end("failed", f"{type(error).__name__}: {error}")

    def _end(self, how: str, why: str | None) -> None:
        seconds = time.monotonic() - self._began
        if self._logs:
            logger.debug("%s: %s in %.3f s%s", self._name, how, seconds, f" ({why})" if why else "")
        for step in self._steps.values():
            step.end()
        if self._span is not None:
            if why is not None:
                self._span.set_status(_status(why))
            self._span.end()

    def _reconnected(self, event: ReconnectedEvent) -> None:
        if self._logs:
            why = f" ({event['reason']})" if event["reason"] else ""
            logger.debug("%s: lost the connection%s, goes on after %.3f s", self._name, why, event["seconds"])
        if self._span is not None:
            self._span.add_event("reconnected", {"seconds": event["seconds"], "reason": event["reason"]})

    def _waits(self, event: WaitingEvent) -> None:
        if self._span is not None:
            self._span.add_event("waiting", {"reason": event["reason"]})

    def _step(self, event: BuildVertexEvent) -> None:
        """Begin or end the span of a build's step."""
        number = event["number"]
        if number not in self._steps:
            context = sys.modules["opentelemetry.trace"].set_span_in_context(self._span)
            self._steps[number] = self._tracer.start_span(event["name"], context=context)
        if event["state"] == "started":
            return
        step = self._steps.pop(number)
        step.set_attribute("ml_nexus_go.state", event["state"])
        if event.get("error"):
            step.set_status(_status(event["error"]))
        step.end()


def _status(why: str) -> Any:
    trace = sys.modules["opentelemetry.trace"]
    return trace.Status(trace.StatusCode.ERROR, why)
