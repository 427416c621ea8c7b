"""What happens on an engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from .documents import public

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@public
@dataclass(frozen=True)
class Event:
    """Something that happened on an engine.

    ``time`` is by the engine's clock, in UTC, and ``time_ns`` the same in nanoseconds since 1970.
    """

    type: str  # "container", "image", "network", "volume"...; "gap" for an EventGap
    action: str  # "start", "die", "exec_create: sh -c ls"...
    actor_id: str  # of the container, image... that it happened to
    attributes: dict[str, str] = field(hash=False)  # of the actor: its name, its labels, "exitCode"...
    scope: str  # "local", or "swarm"
    time: datetime
    time_ns: int
    raw: dict[str, Any] = field(repr=False, compare=False)  # the engine's own document
    node: str = field(default="", kw_only=True)  # of a fleet, where it happened; "" for one engine


@public
@dataclass(frozen=True)
class EventGap(Event):
    """A place where events may be missing: look at what there is again.

    Its ``type`` and ``action`` are ``"gap"``. What is missing happened from ``since`` to
    ``until``. ``reason`` is ``"not_kept"`` (the engine keeps the last 256 events until it is
    restarted: more came while the connection was lost, or ``since`` was before them) or
    ``"slow_reader"`` (this program read too slowly). ``lost`` is the number of events; None
    where it is not known, and there may be none.
    """

    reason: Literal["not_kept", "slow_reader"]
    since: datetime
    until: datetime
    lost: int | None


def event_of(line: dict[str, Any]) -> Event:
    """Return what a line of the operation says."""
    gap = line.get("gap")
    node = line.get("node", "")
    if gap is not None:
        return _gap_of(gap, node)
    raw = line["event"]
    actor = raw.get("Actor") or {}
    time_ns = int(raw.get("timeNano") or raw.get("time", 0) * 10**9)
    return Event(
        type=raw.get("Type") or "",
        action=raw.get("Action") or "",
        actor_id=actor.get("ID") or "",
        attributes=dict(actor.get("Attributes") or {}),
        scope=raw.get("scope") or "",
        time=_time(time_ns),
        time_ns=time_ns,
        raw=raw,
        node=node,
    )


def _gap_of(gap: dict[str, Any], node: str) -> EventGap:
    return EventGap(
        type="gap",
        action="gap",
        actor_id="",
        attributes={},
        scope="",
        time=_time(gap["until"]),
        time_ns=gap["until"],
        raw=gap,
        node=node,
        reason=gap["reason"],
        since=_time(gap["since"]),
        until=_time(gap["until"]),
        lost=None if gap["lost"] < 0 else gap["lost"],
    )


def _time(nanoseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
