"""The examples of the pages of documentation, and how they run: as on a user's machine."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .bed import part
from .program import ROOT

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A block of code of a page."""

    page: str
    line: int
    language: str
    text: str


def pages() -> list[str]:
    """Return README.md and the pages of docs/, by their paths from the root."""
    found = [path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*.md")]
    return ["README.md", *sorted(map(str, found))]


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page."""
    text = (ROOT / page).read_text("utf-8")
    return [Block(page, text.count("\n", 0, it.start()) + 1, it[1], it[2]) for it in _BLOCK.finditer(text)]


def here(text: str, words: Mapping[str, str]) -> str:
    """Return an example's text with what is here in the place of what a user has."""
    for theirs, ours in words.items():
        text = text.replace(theirs, ours)
    return text


async def run(block: Block, words: Mapping[str, str], names: dict[str, Any]) -> None:
    """Run an example. ``names`` are those that it may use, and afterwards those that it has made.

    One without ``await`` blocks: it gets a thread of its own, as it has in a program without a loop.
    """
    source = "\n" * block.line + here(block.text, words)  # a traceback has the page's lines
    code = compile(source, block.page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if code.co_flags & inspect.CO_COROUTINE:
        await eval(code, names)
    else:
        await asyncio.to_thread(exec, code, names)


def ssh_config(home: Path) -> None:
    """Write an SSH config that knows gpu1 and gpu7; gpu8 takes a key with a passphrase."""
    sshd = part("sshd-env")
    folder = home / ".ssh"
    folder.mkdir(parents=True, mode=0o700)
    settings = (
        *("HostName 127.0.0.1", f"Port {sshd['port']}", "User root", "IdentitiesOnly yes", "IdentityAgent none"),
        f"UserKnownHostsFile {sshd['known_hosts']}",
    )
    keys = {"gpu1 gpu7": sshd["key"], "gpu8": sshd["keys"]["encrypted"]}
    text = [f"Host {host}\n" + "".join(f"  {one}\n" for one in (*settings, f"IdentityFile {key}"))
            for host, key in keys.items()]  # fmt: skip
    (folder / "config").write_text("".join(text))
