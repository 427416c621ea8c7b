"""The part of parsing targets that Python needs: which class a client gets, and where it goes.

The parsing that counts is Go's, in core/target.go and backends/local.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

LOCAL_NAMES = frozenset({"", "local", "localhost", "127.0.0.1"})


def is_remote(target: str, environ: Mapping[str, str]) -> bool:
    """Return whether a target names another machine over SSH, directly or through docker's settings, or a fleet."""
    return address(target, environ).startswith(("ssh://", "swarm"))


def is_fleet(target: str) -> bool:
    """Return whether a target names a fleet by one of its managers."""
    scheme, separator, _ = target.partition("://")
    return bool(separator) and scheme.partition("+")[0] == "swarm"


def address(target: str, environ: Mapping[str, str]) -> str:
    """Return the address that a target stands for, such as ``ssh://host``; "" is docker's default socket."""
    scheme, separator, rest = target.partition("://")
    if separator:
        return _of_context(rest, environ) if scheme == "context" else target
    return _default(environ) if target in LOCAL_NAMES else f"ssh://{target}"


def _default(environ: Mapping[str, str]) -> str:
    host = environ.get("DOCKER_HOST", "").strip()
    if host:
        return host
    name = environ.get("DOCKER_CONTEXT") or _read(environ, "config.json").get("currentContext")
    return _of_context(name, environ) if isinstance(name, str) and name != "default" else ""


def _of_context(name: str, environ: Mapping[str, str]) -> str:
    if name == "default":
        return environ.get("DOCKER_HOST", "").strip()
    import hashlib  # noqa: PLC0415 - few need it

    folder = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
    meta = _read(environ, "contexts", "meta", folder, "meta.json")
    try:
        return str(meta["Endpoints"]["docker"]["Host"])
    except (KeyError, TypeError):
        return ""


def _read(environ: Mapping[str, str], *parts: str) -> dict[str, Any]:
    """Read a file of docker's settings; Go reports what is wrong with it."""
    folder = environ.get("DOCKER_CONFIG") or os.path.join(environ.get("HOME", ""), ".docker")
    try:
        with open(os.path.join(folder, *parts), encoding="utf-8") as file:
            content = json.load(file)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
