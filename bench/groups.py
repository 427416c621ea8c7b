"""The groups of lines, in the table's order."""

from __future__ import annotations

from importlib import import_module

from .line import Group

MODULES = (
    "local",
    "abi",
    "start",
    "remote",
    "files",
    "files_engine",
    "ports",
    "builds",
    "images_registry",
    "environments",
)


def load() -> list[Group]:
    """Import the groups' modules and return all their groups."""
    return [group for name in MODULES for group in import_module(f"bench.{name}").GROUPS]
