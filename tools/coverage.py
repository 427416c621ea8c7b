"""Makes docs/coverage.md: the endpoints of the engine's API, and what the client does with each.

    PYTHONPATH=python python -m tools.coverage

What the endpoints are is said by the engine's own description, in the version that go.mod names;
what the client does is said by tools/engine_api.txt. tests/test_coverage.py checks both.
"""

from __future__ import annotations

import inspect
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import ml_nexus_go

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "coverage.md"
MAPPING = ROOT / "tools" / "engine_api.txt"
MODULE = "github.com/docker/docker"

# What is told on the page, in its order, by the beginning of the paths.
_CHAPTERS = {
    "Containers": ("/containers", "/commit", "/exec"),
    "Images and builds": ("/images", "/build", "/session", "/distribution", "/auth"),
    "Networks and volumes": ("/networks", "/volumes"),
    "The engine": ("/info", "/version", "/_ping", "/events", "/system"),
    "Plugins": ("/plugins",),
    "Swarm": ("/swarm", "/nodes", "/services", "/tasks", "/secrets", "/configs"),
}


class Described(NamedTuple):
    """What engine_api.txt says."""

    endpoints: dict[str, list[str]]  # operations, or "-" and a word of ``reasons``
    reasons: dict[str, str]
    others: dict[str, str]  # operations that no endpoint is for


def engine_endpoints() -> tuple[str, dict[str, str]]:
    """Return the version of the API, and what each endpoint is for, as the engine's description says."""
    return read_swagger((docker_module() / "api" / "swagger.yaml").read_text())


def docker_module() -> Path:
    """Return the folder of the module that has the engine's description and docker's client."""
    command = ["go", "list", "-m", "-f", "{{.Dir}}", MODULE]
    return Path(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip())


def read_swagger(text: str) -> tuple[str, dict[str, str]]:
    """Return the version of a description, and the summaries of its endpoints."""
    version = re.search(r'^  version: "(.+)"$', text, re.MULTILINE)
    paths = re.search(r"^paths:\n(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    assert version is not None
    assert paths is not None
    found: dict[str, str] = {}
    path = endpoint = ""
    for line in paths[1].splitlines():
        if named := re.fullmatch(r"  (/\S*):", line):
            path = named[1]
        elif method := re.fullmatch(r"    ([a-z]+):", line):
            endpoint = f"{method[1].upper()} {path}"
            found[endpoint] = ""
        elif summary := re.fullmatch(r'      summary: "?(.+?)"?', line):
            found[endpoint] = summary[1]
    return version[1], found


def read_mapping(text: str) -> Described:
    """Return what a mapping says."""
    described = Described({}, {}, {})
    section = "endpoints"
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, _, value = line.partition(": ")
            if section == "endpoints":
                described.endpoints[key] = value.split()
            elif section == "reasons":
                described.reasons[key] = value
            else:
                described.others[key] = value
    return described


def operations() -> set[str]:
    """Return the public methods of a client."""
    members = inspect.getmembers(ml_nexus_go.DockerClient, callable)
    return {name for name, _ in members if not name.startswith("_")}


def faults(endpoints: Iterable[str], described: Described, known: set[str]) -> Iterator[str]:
    """Yield what is wrong with a mapping, a line for each fault."""
    named = {word for words in described.endpoints.values() if words[0] != "-" for word in words}
    named |= {word for key in described.others for word in key.split()}
    for endpoint in endpoints:
        if endpoint not in described.endpoints:
            yield f"{endpoint} has no line: name the operations that use it, or a reason"
    for endpoint, words in described.endpoints.items():
        if endpoint not in endpoints:
            yield f"{endpoint} is no endpoint of the engine"
        if words[0] == "-" and words[1] not in described.reasons:
            yield f"{endpoint}: there is no reason {words[1]}"
    given = {words[1] for words in described.endpoints.values() if words[0] == "-"}
    for word in described.reasons.keys() - given:
        yield f"no endpoint has the reason {word}"
    for name in sorted(named):
        if name not in known and not _is_public(name):
            yield f"there is no operation {name}"
    for name in sorted(known - named):
        yield f"{name} has no line: name it with its endpoints, or below [other operations]"


def _is_public(name: str) -> bool:
    """Report whether there is a method "Class.method" of a public class."""
    owner, _, method = name.partition(".")
    return bool(method) and hasattr(getattr(ml_nexus_go, owner, None), method)


def page(version: str, endpoints: Mapping[str, str], described: Described) -> str:
    """Return docs/coverage.md."""
    used = [endpoint for endpoint in endpoints if described.endpoints[endpoint][0] != "-"]
    text = (
        "# The engine's API and this client\n\n"
        "<!-- Written by tools/coverage.py from the engine's API description and tools/engine_api.txt. -->\n\n"
        f"The engine describes its API (version {version}) by {len(endpoints)} endpoints. Operations of this client\n"
        f"use {len(used)} of them; for the others the table says why not. A test compares it with the engine's\n"
        "description and with the client's methods.\n"
    )
    for chapter, beginnings in _CHAPTERS.items():
        rows = [e for e in endpoints if e.split()[1].startswith(beginnings)]
        text += f"\n## {chapter}\n\n| endpoint | what it does | operations |\n|---|---|---|\n"
        text += "".join(f"| `{e}` | {endpoints[e].rstrip('.')} | {_cell(described, e)} |\n" for e in rows)
    text += "\n## Operations that no endpoint is for\n\n| operations | what they do |\n|---|---|\n"
    return text + "".join(f"| {_code(key.split())} | {does} |\n" for key, does in described.others.items())


def _cell(described: Described, endpoint: str) -> str:
    words = described.endpoints[endpoint]
    return described.reasons[words[1]] if words[0] == "-" else _code(words)


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


if __name__ == "__main__":
    PAGE.write_text(page(*engine_endpoints(), read_mapping(MAPPING.read_text())))
