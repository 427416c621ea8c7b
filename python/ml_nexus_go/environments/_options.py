"""What a user's options of ``docker run`` mean for how a script gets in, and what runs it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from .._arguments.checks import Options, option_words
from .._calls.ask import ask
from .._wire.generated.methods import OPTIONS_READ
from .._wire.generated.options import GivenFlag

_SHELLS = frozenset(("ash", "bash", "dash", "sh"))


class Given:
    """Flags of a user, by their long names; the last of several counts."""

    def __init__(self, flags: Iterable[GivenFlag] = ()) -> None:
        self.values = {flag["name"]: flag["value"] for flag in flags}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def on(self, name: str) -> bool:
        """Whether a switch is on, which ``--rm=false`` is not."""
        return self.values.get(name) == "true"

    @property
    def takes_stdin(self) -> bool:
        """Whether a script may come by stdin: not by a terminal, nor where nothing is attached."""
        return not (self.on("detach") or self.on("tty") or "attach" in self)

    def command(self, words: list[str]) -> list[str]:
        """Return what follows the image, for a command that is run by bash.

        An entrypoint that is a shell takes bash's place.
        """
        entrypoint = posixpath.basename(self.values.get("entrypoint", ""))
        return words[1:] if entrypoint in _SHELLS else words


async def given(options: Options) -> Given:
    """Return the flags of ``docker run`` that options give, as docker reads them.

    Raises InvalidArgument for options that docker would not take.
    """
    words = option_words(options)
    if not words:
        return Given()
    return Given((await ask(OPTIONS_READ({"command": "run", "options": words})))["flags"])


async def separate_words(options: Options) -> list[str]:
    """Return options of ``docker run`` as separate words."""
    return (await ask(OPTIONS_READ({"command": "run", "options": option_words(options)})))["words"]
