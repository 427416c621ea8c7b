# Written by go run ./tools/wire. Change the Go side instead.
"""What core/engine_events.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class EventsRequest(TypedDict):
    """EventsRequest asks for events. Times are those of docker events: Unix seconds, RFC 3339, or an age ("10m") by
    the engine's clock.
    """

    # filters are docker's, each with its values.
    filters: NotRequired[dict[str, list[str]] | None]
    # since is "" for events from the call on, or, if Until is past, all that the engine keeps.
    since: NotRequired[str | None]
    until: NotRequired[str | None]
    # waited is how long ago the caller made the call. Ages count from then.
    waited: NotRequired[float | None]
