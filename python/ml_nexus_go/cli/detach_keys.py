"""The keys that detach a terminal, as docker's command finds them in what is typed."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .. import InvalidArgument

DEFAULT = "ctrl-p,ctrl-q"


class DetachKeys:
    """Looks for a sequence of keys. Part of one is held back until the next key says that it is none."""

    def __init__(self, keys: str | None) -> None:
        self._sequence = _parsed(keys or _configured() or DEFAULT)
        self._held = b""

    def take(self, typed: bytes) -> tuple[bytes, bool]:
        """Return what goes to the container, and whether the whole sequence was typed."""
        data = self._held + typed
        at = data.find(self._sequence)
        if at >= 0:
            return data[:at], True
        held = next(n for n in range(len(self._sequence) - 1, -1, -1) if data.endswith(self._sequence[:n]))
        self._held = data[len(data) - held :]
        return data[: len(data) - held], False


def _parsed(keys: str) -> bytes:
    found = bytearray()
    for key in keys.split(","):
        name = key.removeprefix("ctrl-")
        if len(name) != 1 or not name.isascii():
            raise InvalidArgument(f"{key!r} is no key: detach keys are like {DEFAULT}, or single letters")
        if key != name and not ("a" <= name <= "z" or name in "@[\\]^_"):
            raise InvalidArgument(f"{key!r} is no key: after ctrl- comes a letter, or one of @ [ \\ ] ^ _")
        found.append(ord(name) if key == name else ord(name.upper()) & 0x1F)
    return bytes(found)


def _configured() -> str | None:
    folder = os.environ.get("DOCKER_CONFIG") or os.path.expanduser("~/.docker")
    try:
        config = json.loads(Path(folder, "config.json").read_bytes())
    except (OSError, ValueError):
        return None
    keys = config.get("detachKeys") if isinstance(config, dict) else None
    return keys if isinstance(keys, str) else None
