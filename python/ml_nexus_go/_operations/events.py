"""What happens on the engine."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from .._arguments.checks import Filters, filter_values
from .._arguments.times import Moment, moment
from .._wire.generated.methods import SYSTEM_EVENTS
from .requests import Requests

if TYPE_CHECKING:
    from .._results.events import Event


class Events(Requests):
    """Methods that follow what happens."""

    def events(
        self, filters: Filters = None, *, since: Moment | None = None, until: Moment | None = None
    ) -> AsyncGenerator[Event, None]:
        """Yield what happens on the engine from this call on, until ``until``, or for ever.

        ``filters`` are those of ``docker events``: ``{"type": "container", "event": ["start",
        "die"], "label": "team=a"}``. ``since`` and ``until`` are a ``datetime``, a ``timedelta``
        (an age), Unix seconds or docker's text ("10m"), by the engine's clock. The engine keeps
        its last 256 events: what it has from ``since`` on comes first; with ``until`` alone,
        and in the past, all that it has. What happened just before the call may come too: within
        the time that the engine takes to say what time it is.

        The iteration goes on after a lost connection, and no event comes twice. Where one may be
        missing, there is an EventGap, which is an Event of type ``"gap"``: look again at
        what there is. Raises InvalidArgument for a filter that does not exist or a wrong
        time, ConnectionLost once the engine was away for ``reconnect_timeout``.
        """
        request = SYSTEM_EVENTS(
            {"filters": filter_values(filters), "since": moment(since, "since"), "until": moment(until, "until")}
        )
        return self._read_events(request, time.monotonic())
