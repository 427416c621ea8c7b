"""What a part is: something that is started, checked for its health, and taken down."""

from __future__ import annotations

import os
import shutil
from abc import ABC, abstractmethod
from pathlib import Path

from .errors import TestbedError
from .paths import part_dir
from .state import Entry


class Part(ABC):
    """One name of ``up``. Everything it makes can be found again by its name, even after a crash."""

    requires: tuple[str, ...] = ()

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def folder(self) -> Path:
        return part_dir(self.name)

    @abstractmethod
    def up(self, parts: dict[str, Entry]) -> Entry:
        """Start it and return its entry; ``parts`` holds the parts it requires."""

    @abstractmethod
    def healthy(self, entry: Entry) -> bool:
        """Return whether the part that the entry describes is running and answers."""

    def refresh(self) -> None:
        """Bring back what a test may have removed from a running part."""
        return

    def down(self) -> None:
        """Leave nothing behind, even right after a start that failed halfway."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self, gently: bool) -> None:
        """End the daemon and keep its data, so that start finds it again."""
        raise TestbedError(f"{self.name} cannot be stopped alone")

    def start(self) -> Entry:
        """Start the daemon again after stop or kill; the returned values replace those in the entry."""
        raise TestbedError(f"{self.name} cannot be started alone")

    def control(self, action: str, entry: Entry) -> None:
        """Do to the daemon what the word says, and bring its entry up to date."""
        if action not in ("stop", "start", "restart", "kill"):
            raise TestbedError(f"{self.name}: only a node of a fleet knows {action!r}")
        if action != "start":
            self.stop(gently=action != "kill")
        if action in ("start", "restart"):
            entry.update(self.start())

    def make_folder(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        os.chmod(self.folder, 0o755)
        return self.folder
