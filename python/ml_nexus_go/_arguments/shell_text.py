"""Options that a shell used to read: variables and a leading ``~`` in them."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Iterator, Mapping

from .._errors import InvalidArgument
from .checks import Options, Word, is_joined, option_words

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FLAG = re.compile(r"(--[^=\s]+)=|(-[diqtP]*[A-Za-z])=?")


def expanded(options: Options, environ: Mapping[str, str]) -> list[str]:
    """Return options with ``$NAME``, ``${NAME}`` and a leading ``~`` replaced as a shell does.

    An element is a word, or, as everywhere, several joined. A backslash or single quotes
    prevent the replacement. The resulting words have the class Word: they are not read again.
    Raises InvalidArgument for what only a shell can do: ``$(command)``, ``${NAME:-default}``.
    """
    words: list[str] = []
    for element in option_words(options):
        if isinstance(element, Word) or not _special(element):
            words.append(element)
        elif is_joined(element.strip()):
            for word in _Reader(element, environ, joined=True).words():
                words += _separate(word)
        else:
            for word in _Reader(element, environ, joined=False).words():
                words += _separate(word)
    return words


def _special(element: str) -> bool:
    return "$" in element or "`" in element or element.lstrip().startswith("~") or " ~" in element


def _separate(word: str) -> list[str]:
    """Write a flag and a value with spaces so that they are not split again."""
    flag = _FLAG.match(word)
    if flag is None or flag.end() == len(word) or not re.search(r"\s", word):
        return [Word(word)]
    return [Word(flag[1] or flag[2]), Word(word[flag.end() :])]


class _Reader:
    """Reads one element. Quotes of joined words are removed, as are those that prevented something."""

    def __init__(self, text: str, environ: Mapping[str, str], joined: bool) -> None:
        self.text, self.environ, self.joined = text, environ, joined
        self.at = 0

    def words(self) -> Iterator[str]:
        """Yield the words; an element that consists only of variables may become several, or none."""
        while self.at < len(self.text):
            if self.joined and self.text[self.at].isspace():
                self.at += 1
                continue
            begin = self.at
            word = self._word()
            raw = self.text[begin : self.at].strip()
            if raw.startswith("$") and (word == "" or word.startswith("-")):
                yield from word.split()
            else:
                yield word

    def _word(self) -> str:
        parts = [self._tilde()]
        double = False
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "\\" and self.at + 1 < len(self.text):
                parts.append(self._escaped(double))
            elif char == "'" and not double:
                parts.append(self._quoted())
            elif char == '"':
                double = not double
                parts.append("" if self.joined else char)
                self.at += 1
            elif char in "$`":
                parts.append(self._variable())
            elif self.joined and not double and char.isspace():
                break
            else:
                parts.append(char)
                self.at += 1
        if self.joined and double:
            raise self._error("has no end of its double quotes")
        return "".join(parts)

    def _tilde(self) -> str:
        found = re.compile(r"~([A-Za-z0-9._-]*)(?=[/:\s]|$)").match(self.text, self.at)
        home = _home(found[1], self.environ) if found else None
        if not found or home is None:
            return ""
        self.at = found.end()
        return home

    def _escaped(self, double: bool) -> str:
        char = self.text[self.at + 1]
        prevents = char in "$`~" if not self.joined else not double or char in '$`"\\'
        self.at += 2
        return char if prevents else f"\\{char}"

    def _quoted(self) -> str:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            if self.joined:
                raise self._error("has no end of its single quotes")
            end = self.at
            self.at += 1
            return "'"
        content = self.text[self.at + 1 : end]
        self.at = end + 1
        return content if self.joined or _special(content) else f"'{content}'"

    def _variable(self) -> str:
        rest = self.text[self.at :]
        name = _NAME.match(rest, 2 if rest.startswith("${") else 1)
        if rest.startswith("${"):
            if name is None or rest[name.end() : name.end() + 1] != "}":
                raise self._error(f"has '${{{name[0] if name else ''}' with more than a name in it")
            self.at += name.end() + 1
        elif rest.startswith(("$(", "`")):
            raise self._error(f"has {rest[:2].strip()!r}, the start of a command")
        elif name is None:
            self.at += 1
            return "$"
        else:
            self.at += name.end()
        return self.environ.get(name[0], "")

    def _error(self, what: str) -> InvalidArgument:
        # Not its value: that may be a secret.
        name = re.split(r"[=\s'\"$`]", self.text.strip())[0]
        return InvalidArgument(
            f"the option {name!r} {what}: no shell reads it. Put it together in Python, or quote it with single "
            "quotes; $NAME, ${NAME} and a leading ~ are replaced"
        )


def _home(user: str, environ: Mapping[str, str]) -> str | None:
    if not user and environ.get("HOME"):
        return environ["HOME"]
    try:
        entry = pwd.getpwnam(user) if user else pwd.getpwuid(os.getuid())
    except KeyError:
        return None
    return entry.pw_dir
