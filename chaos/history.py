"""What happened, in order: for the summary, and to understand a failure."""

from __future__ import annotations

import collections
import time
import traceback
from dataclasses import dataclass, field


@dataclass
class History:
    """Events with their seconds since the beginning."""

    began: float = field(default_factory=time.monotonic)
    events: collections.deque[str] = field(default_factory=lambda: collections.deque(maxlen=400))
    operations: collections.Counter[str] = field(default_factory=collections.Counter)
    faults: collections.Counter[str] = field(default_factory=collections.Counter)
    begun: collections.Counter[str] = field(default_factory=collections.Counter)  # faults, including the current one
    lost: collections.Counter[str] = field(default_factory=collections.Counter)
    failures: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Note an event."""
        self.events.append(f"{time.monotonic() - self.began:8.2f} {text}")

    def failed(self, token: str, error: BaseException) -> None:
        """Note a failure, with what happened around it."""
        trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        self.say(f"FAILED {token}: {type(error).__name__}: {error}")
        self.failures.append(f"{token}\n{trace}\nthe last events:\n" + "\n".join(list(self.events)[-40:]))
