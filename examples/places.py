"""Where the examples run: from the command line, or the testbed."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Places:
    """Targets for connect(), keywords for it, and an image with bash and awk."""

    targets: list[str] = field(default_factory=lambda: ["local"])
    image: str = "debian:bookworm-slim"
    ssh_config: str | None = None

    @property
    def connect_options(self) -> dict[str, Any]:
        return {"ssh_config": self.ssh_config} if self.ssh_config else {}


def testbed_places(state: str) -> Places:
    parts = json.loads(Path(state).read_text())["parts"]
    engine, other, sshd = parts["engine-new"], parts["engine-old"], parts["sshd"]
    remote = f"ssh://{sshd['alias']}{other['socket']}"
    return Places([f"unix://{engine['socket']}", remote], "mlng-debian", sshd["ssh_config"])


def places() -> Places:
    """Return the places from the environment: the testbed's, if MLNG_TESTBED names one."""
    state = os.environ.get("MLNG_TESTBED")
    return testbed_places(state) if state else Places()


def from_command_line(about: str) -> Places:
    found = places()
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--target", action="append", help="where to run; may be repeated")
    parser.add_argument("--image", default=found.image)
    parser.add_argument("--ssh-config", default=found.ssh_config)
    args = parser.parse_args()
    return Places(args.target or found.targets, args.image, args.ssh_config)
