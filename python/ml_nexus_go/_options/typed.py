"""What the classes of typed options share: they are sequences of docker's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar, overload

from .._arguments.checks import Word
from .values import switch

Self = TypeVar("Self", bound="TypedOptions")

# Writes a value of the keyword of this name, as often as the flag is to be given.
Writer = Callable[[str, Any], list[str]]


class TypedOptions(Sequence[str]):
    """Options as keywords. As a sequence, they are the words of docker's command.

    They stand wherever options are accepted, and ``[*options, "--label", "more"]`` adds
    to them. None is a flag that is not given. A value is taken as it is: no shell and no
    reader of comma-separated fields sees a meaning in it.

    Raises TypeError for a keyword that does not exist, InvalidArgument for a value of a
    wrong type. What else is wrong with a value is said by the call that gets the options.
    """

    command: ClassVar[str]
    kinds: ClassVar[Mapping[str, Writer]]

    _words: tuple[str, ...]
    _names: tuple[str, ...]

    def __new__(cls: type[Self], *_: object, **given: object) -> Self:
        for name in given.keys() - cls.kinds.keys():
            raise TypeError(f"{cls.__name__} has no keyword {name!r}: {_meant(name, cls)}")
        return super().__new__(cls)

    def _write(self, given: Mapping[str, Any]) -> None:
        """Take the keywords that are not None."""
        words: list[str] = []
        names: list[str] = []
        for name, write in self.kinds.items():
            value = given[name]
            if value is None:
                continue
            names.append(name)
            flag = Word("--" + name.replace("_", "-"))
            if write is switch and isinstance(value, bool):
                words.append(flag if value else Word(flag + "=false"))
                continue
            for text in write(name, value):
                words += (flag, Word(text))
        self._words, self._names = tuple(words), tuple(names)

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...

    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        return self._words[at]

    def __len__(self) -> int:
        return len(self._words)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TypedOptions):
            return NotImplemented
        return (type(self), self._words) == (type(other), other._words)

    def __hash__(self) -> int:
        return hash(self._words)

    def __repr__(self) -> str:
        # Without the values, which may be secrets.
        return f"<{type(self).__name__} {', '.join(self._names) or 'without any'}>"


def _meant(name: str, options: type[TypedOptions]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 # rare

    near = get_close_matches(name.removesuffix("s"), options.kinds, 1, 0.7)
    return f"did you mean {near[0]!r}?" if near else f"the keywords are the flags of {options.command}"
