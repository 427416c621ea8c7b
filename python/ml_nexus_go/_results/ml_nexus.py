"""What binds to ml_nexus where the program has imported it. It is never imported here."""

from __future__ import annotations

import abc
import sys
from typing import Any, ClassVar

from .._errors import CommandFailed, DockerError, restore
from .command import CommandResult

_made: dict[type[Exception], type[CommandFailed]] = {}
_results: dict[type, type[CommandResult]] = {}


def foreign(module: str, name: str) -> Any:
    """Return what the program has imported under a name of ml_nexus, or None."""
    return getattr(sys.modules.get(module), name, None)


class Bound:
    """An object that isinstance takes for one of a base class of ml_nexus.

    isinstance of an abstract base class looks at ``__class__`` first: that is the moment
    to register, since ml_nexus may be imported after this package, and after the object
    was made.
    """

    # The module and the name of the base class.
    _foreign_base: ClassVar[tuple[str, str]]

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        cls = type(self)
        base = foreign(*cls._foreign_base)
        if isinstance(base, abc.ABCMeta) and not issubclass(cls, base):
            base.register(cls)
        return cls


def command_failed_class() -> type[CommandFailed]:
    """CommandFailed, or a subclass that ``except CommandException`` catches too.

    An except clause looks at the real bases only, so a virtual subclass is not enough.
    """
    base = foreign("ml_nexus.util", "CommandException")
    if not (isinstance(base, type) and issubclass(base, Exception)):
        return CommandFailed
    if base not in _made:
        _made[base] = _combined(base)
    return _made[base]


def _combined(base: type[Exception]) -> type[CommandFailed]:
    # A dataclass defines these in a way that no exception should behave.
    names = ("__hash__", "__eq__", "__setattr__", "__delattr__")
    namespace: dict[str, Any] = {name: getattr(Exception, name) for name in names}
    # The class cannot be imported, and the reader of a pickle may not know ml_nexus.
    namespace["__reduce__"] = lambda self: (_restore_command_failed, (dict(self.__dict__),))
    namespace["__module__"] = base.__module__
    namespace["__doc__"] = CommandFailed.__doc__
    try:
        made: type[CommandFailed] = type("CommandFailed", (CommandFailed, base), namespace)
        made("probe")
    except Exception:  # a metaclass, layout or __new__ that cannot be combined
        return CommandFailed
    return made


def command_result_class() -> type[CommandResult]:
    """CommandResult, or a subclass that is ml_nexus's PsResult too."""
    base = foreign("ml_nexus.util", "PsResult")
    if not isinstance(base, type):
        return CommandResult
    return _results.get(base) or _results.setdefault(base, _combined_result(base))


def _combined_result(base: type) -> type[CommandResult]:
    names = list(getattr(base, "__dataclass_fields__", ()))

    def equal(self: CommandResult, other: object) -> bool:
        if isinstance(other, base) and not isinstance(other, str):
            return all(getattr(self, name) == getattr(other, name) for name in names)
        return str.__eq__(self, other)  # NotImplemented is handed on

    def unequal(self: CommandResult, other: object) -> bool:
        answer = equal(self, other)
        return answer if answer is NotImplemented else not answer

    namespace: dict[str, Any] = {
        "__init__": lambda self, *args, **given: None,  # __new__ has done it
        "__eq__": equal,
        "__ne__": unequal,
        "__hash__": str.__hash__,
        # The class cannot be imported, and the reader of a pickle may not know ml_nexus.
        "__reduce__": lambda self: (_restore_command_result, CommandResult.__reduce__(self)[1]),
        "__module__": CommandResult.__module__,
        "__doc__": CommandResult.__doc__,
    }
    try:
        made: type[CommandResult] = type("CommandResult", (CommandResult, base), namespace)
        empty: dict[str, Any] = dict.fromkeys(names, b"")
        probe = made(**empty)
        return made if all(hasattr(probe, name) for name in names) else CommandResult
    except Exception:  # fields that a result does not have, or a layout that cannot be combined
        return CommandResult


def _restore_command_result(*state: Any) -> CommandResult:
    return command_result_class()(*state)


def _restore_command_failed(state: dict[str, Any]) -> DockerError:
    return restore(command_failed_class(), state)
