"""The part of parsing targets that Python needs: which class a client gets.

The parsing that counts is Go's, in core/target.go and backends/local.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

LOCAL_NAMES = frozenset({"", "local", "localhost", "127.0.0.1"})


def is_remote(target: str, environ: Mapping[str, str]) -> bool:
    """Return whether a target names another machine over SSH, directly or through docker's settings."""
    scheme, separator, rest = target.partition("://")
    if separator:
        return scheme == "ssh" or (scheme == "context" and _context_is_remote(rest, environ))
    return target not in LOCAL_NAMES or _default_is_remote(environ)


def _default_is_remote(environ: Mapping[str, str]) -> bool:
    host = environ.get("DOCKER_HOST", "").strip()
    if host:
        return host.startswith("ssh://")
    name = environ.get("DOCKER_CONTEXT") or _read(environ, "config.json").get("currentContext")
    return isinstance(name, str) and name != "default" and _context_is_remote(name, environ)


def _context_is_remote(name: str, environ: Mapping[str, str]) -> bool:
    if name == "default":
        return environ.get("DOCKER_HOST", "").strip().startswith("ssh://")
    import hashlib  # noqa: PLC0415 - few need it

    folder = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
    meta = _read(environ, "contexts", "meta", folder, "meta.json")
    try:
        return str(meta["Endpoints"]["docker"]["Host"]).startswith("ssh://")
    except (KeyError, TypeError):
        return False


def _read(environ: Mapping[str, str], *parts: str) -> dict[str, Any]:
    """Read a file of docker's settings; Go reports what is wrong with it."""
    folder = environ.get("DOCKER_CONFIG") or os.path.join(environ.get("HOME", ""), ".docker")
    try:
        with open(os.path.join(folder, *parts), encoding="utf-8") as file:
            content = json.load(file)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
