"""Bring parts up and take them down, under the testbed's lock."""

from __future__ import annotations

import os
import shutil

from . import cleanup, net, owner, process, registered, state
from .errors import TestbedError
from .lock import locked
from .log import say
from .part import Part
from .paths import cache_dir, data_dir, run_dir
from .state import Entry


def user_of(pid: int) -> str:
    """Return the name of a ``run``: a pid alone may be given to another process later."""
    return f"{pid} {process.start_time(pid)}"


def _live_users(entry: Entry) -> list[str]:
    return [u for u in entry.get("users", []) if user_of(int(u.split()[0])) == u]


def up(names: list[str], user: str | None) -> dict[str, Entry]:
    """Start what is not running yet. Parts stay until ``down`` (user None) or until their last user is released."""
    parts_wanted = registered.ordered(set(names))
    with locked(run_dir() / "lock"):
        os.chmod(run_dir(), 0o755)
        owner.own(cache_dir())
        parts = state.load()
        for part in parts_wanted:
            entry = parts.get(part.name)
            if entry is None or not part.healthy(entry):
                entry = _start(part, parts)
            else:
                part.refresh()
            entry["users"] = _live_users(entry) + ([user] if user else [])
            entry["kept"] = entry.get("kept", False) or user is None
            parts[part.name] = entry
            state.save(parts)
        owner.own_below(cache_dir())
        return parts


def _start(part: Part, parts: dict[str, Entry]) -> Entry:
    old = parts.pop(part.name, None)
    if old is not None or part.folder.exists():
        part.down()
    try:
        entry = part.up(parts)
    except BaseException:
        part.down()
        state.save(parts)
        raise
    if old is not None:
        entry["users"], entry["kept"] = old.get("users", []), old.get("kept", False)
    say(f"{part.name} is up")
    return entry


def down(names: list[str]) -> None:
    """Take down the named parts, or all of them; after the last part nothing at all is left."""
    chosen = [registered.find(name) for name in names] or list(registered.PARTS.values())
    if run_dir().exists() or data_dir().exists():
        with locked(run_dir() / "lock"):
            _down(chosen)


def _down(chosen: list[Part]) -> None:
    parts = state.load()
    failures = []
    for part in reversed(chosen):
        if part.name in parts or part.folder.exists():
            say(f"taking down {part.name}")
            try:
                part.down()
            except TestbedError as err:
                failures.append(str(err))
                continue
            parts.pop(part.name, None)
            state.save(parts)
    if failures:
        raise TestbedError("; ".join(failures))
    if not parts:
        net.remove_bridge()
        cleanup.remove_if_empty(data_dir())
        shutil.rmtree(run_dir())


def release(user: str) -> None:
    """Take down the parts that only this ``run`` was using."""
    if not run_dir().exists():
        return
    with locked(run_dir() / "lock"):
        parts = state.load()
        idle = []
        for name, entry in parts.items():
            mine = user in entry.get("users", [])
            entry["users"] = [u for u in _live_users(entry) if u != user]
            if mine and not entry["users"] and not entry.get("kept"):
                idle.append(registered.find(name))
        state.save(parts)
        if idle or not parts:
            _down(idle)


def control(action: str, name: str) -> dict[str, Entry]:
    """Act on one part's daemon, or on one node of a fleet; its data and address stay."""
    with locked(run_dir() / "lock"):
        parts = state.load()
        part, entry = registered.running(name, parts)
        part.control(action, entry)
        state.save(parts)
        return parts


def status() -> dict[str, Entry]:
    """Return all parts, each with "healthy": whether it answers."""
    return {name: {**entry, "healthy": registered.find(name).healthy(entry)} for name, entry in state.load().items()}
