"""Options of rsync, as ml_nexus's users give them to RsyncArgs."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from typing import Any

from .._errors import InvalidArgument

# What a sync does anyway, and what only concerns rsync's output or how it sends.
_ALREADY = frozenset("avHhqzPrlptgoDWi")
_ALREADY_LONG = frozenset(
    (
        *("archive", "verbose", "recursive", "links", "perms", "times", "group", "owner", "hard-links"),
        *("human-readable", "quiet", "compress", "progress", "stats", "partial", "whole-file"),
        *("no-whole-file", "numeric-ids", "itemize-changes", "mkpath", "info", "out-format"),
    )
)
_DELETE = frozenset(("delete", "del", "delete-before", "delete-during", "delete-delay", "delete-after"))
_RULES = {"exclude": "- ", "include": "+ ", "filter": "", "f": ""}


def sync_keywords(options: Iterable[str]) -> dict[str, Any]:
    """Return sync_to_host's keywords for options of rsync; several may be in one text.

    Raises InvalidArgument for an option that a sync has not.
    """
    keywords: dict[str, Any] = {}
    words = iter(shlex.split(" ".join(options)))
    for word in words:
        if word.startswith("--"):
            _long(word, words, keywords)
        elif word.startswith("-f"):
            _rule("f", word, word[2:] or next(words, None), keywords)
        elif word.startswith("-") and len(word) > 1:
            for letter in word[1:]:
                _short(letter, word, keywords)
        else:
            raise _unknown(word)
    return keywords


def _long(word: str, words: Iterator[str], keywords: dict[str, Any]) -> None:
    name, equals, value = word[2:].partition("=")
    if name in _RULES:
        _rule(name, word, value if equals else next(words, None), keywords)
    elif name in _DELETE:
        keywords["delete"] = True
    elif name == "checksum":
        keywords["checksum"] = True
    elif name not in _ALREADY_LONG:
        raise _unknown(word)


def _short(letter: str, word: str, keywords: dict[str, Any]) -> None:
    if letter == "c":
        keywords["checksum"] = True
    elif letter not in _ALREADY:
        raise _unknown(word)


def _rule(name: str, word: str, pattern: str | None, keywords: dict[str, Any]) -> None:
    if pattern is None:
        raise InvalidArgument(f"RsyncArgs: the option {word!r} needs a pattern after it")
    keywords.setdefault("filters", []).append(_RULES[name] + pattern)


def _unknown(word: str) -> InvalidArgument:
    return InvalidArgument(
        f"RsyncArgs: a sync has no option {word!r}: leave it out, or call sync_to_host of a client, which has keywords"
    )
