"""What a job does: it writes when it lives, and on which GPUs, to the disk of its node, and prints its end."""

from __future__ import annotations

import random
from dataclasses import dataclass

IMAGE = "mlng-busybox"

# All nodes are on one machine, and have one clock: the seconds since its start.
SCRIPT = """
f=/srv/chaos/$(hostname)
now() { read t _ < /proc/uptime; echo "$1 $t $TOKEN $NVIDIA_VISIBLE_DEVICES" >> $f; }
now begins
echo begins
i=0
while [ $i -lt $TICKS ]; do sleep 0.2; now lives; i=$((i+1)); done
now ends
echo ends
exit $CODE
"""


@dataclass(frozen=True)
class Job:
    """A job, as its program was told of it."""

    token: str
    gpus: int
    ticks: int
    code: int
    reschedule: bool

    @classmethod
    def by_chance(cls, token: str, chance: random.Random, longest: float) -> Job:
        """Return a random job of so many seconds at most."""
        ticks = chance.randint(1, max(1, int(longest * 5)))
        return cls(token, chance.choice([1, 1, 1, 2]), ticks, chance.choice([0, 0, 0, 7]), chance.random() < 0.5)

    def options(self, label: str) -> list[str]:
        """Return the options of its run."""
        settings = {"TOKEN": self.token, "TICKS": self.ticks, "CODE": self.code}
        environment = [word for name, value in settings.items() for word in ("-e", f"{name}={value}")]
        return ["--rm", "--init=false", "--gpus", str(self.gpus), "-v", "/srv:/srv", "--label", label, *environment]
