"""What a user's options of ``docker run`` mean for how a script gets in, and what runs it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from .._arguments.checks import Options, shown_words

# Those without a value. Any other takes the next word, where it has no "=".
SWITCHES = {
    *("detach", "disable-content-trust", "help", "init", "interactive", "no-healthcheck", "oom-kill-disable"),
    *("privileged", "publish-all", "quiet", "read-only", "rm", "sig-proxy", "tty", "use-api-socket"),
}
_LETTERS = {"a": "attach", "d": "detach", "i": "interactive", "P": "publish-all", "q": "quiet", "t": "tty"}
_ALIASES = {"net": "network"}
_SHELLS = frozenset(("ash", "bash", "dash", "sh"))


class Given:
    """Options of a user, by their long names; the last of several counts."""

    def __init__(self, options: Options) -> None:
        self.values: dict[str, str] = {}
        words = iter(shown_words(options))
        for word in words:
            if word.startswith("--"):
                name, equals, value = word[2:].partition("=")
                self._set(name, value if equals or name in SWITCHES else next(words, ""), bool(equals))
            elif len(word) > 1 and word[0] == "-":
                self._bundle(word[1:], words)

    def _bundle(self, letters: str, words: Iterator[str]) -> None:
        for at, letter in enumerate(letters, 1):
            name, rest = _LETTERS.get(letter, letter), letters[at:]
            if name in SWITCHES and not rest.startswith("="):
                self._set(name, "", False)
                continue
            self._set(name, rest.removeprefix("=") if rest else next(words, ""), True)
            return

    def _set(self, name: str, value: str, explicit: bool) -> None:
        self.values[_ALIASES.get(name, name)] = "true" if name in SWITCHES and not explicit else value

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def on(self, name: str) -> bool:
        """Whether a switch is on, which ``--rm=false`` is not."""
        return self.values.get(name, "").lower() in ("1", "t", "true")

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
