"""Which paths of the engine's API the client's Go code requests: itself, or by a function of docker's client.

Both build paths of texts and variables, ``"/containers/"+id+"/json"``: that is how they are found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_PATH = re.compile(r'"(/[\w/.]*)"((?:\s*\+\s*(?:"[^"]*"|[\w.]+(?:\(\))?))*)')
_FUNCTION = re.compile(r"^func (?:\(\w+ \*?\w+\) )?(\w+)\(.*?^}", re.MULTILINE | re.DOTALL)


def requested(own: Path, client: Path) -> set[str]:
    """Return the paths that the Go code below ``own`` requests, also by docker's ``client``; variables are ``{}``."""
    ours = "\n".join(_sources(own))
    functions: dict[str, str] = {}
    for text in _sources(client):
        for found in _FUNCTION.finditer(text):
            functions[found[1]] = functions.get(found[1], "") + found[0]
    waiting = {name for name in functions if re.search(rf"\.{name}\b", ours)}
    called: set[str] = set()
    while waiting:
        name = waiting.pop()
        called.add(name)
        waiting |= set(re.findall(r"\bcli\.(\w+)\(", functions[name])) & functions.keys() - called
    return paths(ours).union(*(paths(functions[name]) for name in called))


def is_requested(endpoint: str, found: set[str]) -> bool:
    """Report whether an endpoint's path was found: whole, or its end in a function that gets the rest."""
    path = re.sub(r"\{\w+\}", "{}", endpoint.split()[1])
    rest, _, end = path.rpartition("/")
    return path in found or (f"/{end}" in found and rest in found)


def paths(code: str) -> set[str]:
    """Return the paths that are written in Go code."""
    return {first + "".join(_tail(rest)) for first, rest in _PATH.findall(code)}


def _tail(rest: str) -> Iterable[str]:
    for part in re.split(r"\s*\+\s*", rest)[1:]:
        yield part.strip('"') if part.startswith('"') else "{}"


def _sources(folder: Path) -> list[str]:
    return [path.read_text() for path in sorted(folder.rglob("*.go")) if not path.name.endswith("_test.go")]
