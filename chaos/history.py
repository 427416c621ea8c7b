"""What happened, in order: for the summary, for what faults excuse, and to understand a failure."""

from __future__ import annotations

import collections
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

# A fault's effects may show this long after it was mended: a dead peer is noticed after 15 s,
# and an engine that is killed in the middle of a call may be asked for its result much later.
AFTER = 60.0
SHOWN = 40


@dataclass
class Span:
    """A fault, from its beginning to when it was mended."""

    name: str
    began: float
    ended: float = float("inf")


@dataclass
class History:
    """Events with their seconds since the beginning."""

    began: float = field(default_factory=time.monotonic)
    events: collections.deque[str] = field(default_factory=lambda: collections.deque(maxlen=2000))
    operations: collections.Counter[str] = field(default_factory=collections.Counter)
    faults: collections.Counter[str] = field(default_factory=collections.Counter)
    lost: collections.Counter[str] = field(default_factory=collections.Counter)
    failures: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    starts: dict[str, float] = field(default_factory=dict)

    def say(self, text: str) -> None:
        """Note an event."""
        self.events.append(f"{time.monotonic() - self.began:8.2f} {text}")

    def begin(self, operation: str, token: str) -> None:
        """Note that an operation begins."""
        self.operations[operation] += 1
        self.starts[token] = time.monotonic()
        self.say(f"{token} begins")

    @contextmanager
    def fault(self, name: str) -> Iterator[None]:
        """Note a fault while it lasts."""
        span = Span(name, time.monotonic())
        self.spans.append(span)
        self.say(f"fault {name} begins")
        yield
        span.ended = time.monotonic()
        self.faults[name] += 1
        self.say(f"fault {name} is mended")

    def faults_seen_by(self, token: str) -> set[str]:
        """Return the faults that an operation may have felt."""
        since = self.starts[token] - AFTER
        return {span.name for span in self.spans if span.ended > since}

    def longest_fault_seen_by(self, token: str) -> float:
        """Return how many seconds the longest of those has lasted."""
        since, now = self.starts[token] - AFTER, time.monotonic()
        return max((min(span.ended, now) - span.began for span in self.spans if span.ended > since), default=0.0)

    def failed(self, token: str, error: BaseException) -> None:
        """Note a failure, with what happened to that operation, to faults, and last of all."""
        trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        details = getattr(error, "details", None) or getattr(error.__cause__, "details", None)
        self.say(f"FAILED {token}: {type(error).__name__}: {error}")
        since = self.starts.get(token, 0.0) - self.began - 10
        telling = [
            each for each in self.events if (token in each or " fault " in each) and float(each.split()[0]) > since
        ]
        print(f"FAILED {token}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        self.failures.append(f"{token}\n{trace}details: {details}\nits history:\n" + "\n".join(telling[-SHOWN:]))
