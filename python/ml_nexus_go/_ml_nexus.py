"""What binds to ml_nexus where the program has imported it. It is never imported here."""

from __future__ import annotations

import sys
from typing import Any

from ._errors import CommandFailed, DockerError, restore

_made: dict[type[Exception], type[CommandFailed]] = {}


def command_failed_class() -> type[CommandFailed]:
    """CommandFailed, or a subclass that ``except CommandException`` catches too.

    An except clause looks at the real bases only, so a virtual subclass is not enough.
    """
    foreign = getattr(sys.modules.get("ml_nexus.util"), "CommandException", None)
    if not (isinstance(foreign, type) and issubclass(foreign, Exception)):
        return CommandFailed
    if foreign not in _made:
        _made[foreign] = _combined(foreign)
    return _made[foreign]


def _combined(foreign: type[Exception]) -> type[CommandFailed]:
    # A dataclass defines these in a way that no exception should behave.
    names = ("__hash__", "__eq__", "__setattr__", "__delattr__")
    namespace: dict[str, Any] = {name: getattr(Exception, name) for name in names}
    # The class cannot be imported, and the reader of a pickle may not know ml_nexus.
    namespace["__reduce__"] = lambda self: (_restore_command_failed, (dict(self.__dict__),))
    namespace["__module__"] = foreign.__module__
    namespace["__doc__"] = CommandFailed.__doc__
    try:
        made: type[CommandFailed] = type("CommandFailed", (CommandFailed, foreign), namespace)
        made("probe")
    except Exception:  # a metaclass, layout or __new__ that cannot be combined
        return CommandFailed
    return made


def _restore_command_failed(state: dict[str, Any]) -> DockerError:
    return restore(command_failed_class(), state)
