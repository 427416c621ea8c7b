"""What the containers do, and what they must print."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """A shell script that leaves one line on the host, counts on both outputs, and exits with a code."""

    token: str
    lines: int
    pause: float  # seconds, every tenth line
    exit_code: int

    @classmethod
    def by_chance(cls, token: str, chance: random.Random, seconds: float = 6.0) -> Job:
        """Return a random script that takes up to so many seconds."""
        lines = chance.choice([0, 1, 30, 200, 1000])
        pause = chance.uniform(0.0, seconds) / max(1, lines / 10)
        return cls(token, lines, min(pause, seconds), chance.choice([0, 0, 1, 7]))

    @property
    def script(self) -> str:
        """For ``sh -c``."""
        return (
            f"echo done >>/shared/{self.token}.done; i=0; while [ $i -lt {self.lines} ]; do"
            f' echo "{self.token} out $i"; echo "{self.token} err $i" >&2;'
            f" [ $((i % 10)) = 0 ] && sleep {self.pause:.3f}; i=$((i+1)); done; exit {self.exit_code}"
        )

    def output(self, stream: str) -> bytes:
        """Return what it prints on ``out`` or ``err``."""
        return b"".join(b"%s %s %d\n" % (self.token.encode(), stream.encode(), i) for i in range(self.lines))
