"""Makes docs/compare.md of the tasks: the code there is the code that the tests run.

python -m bench.compare.page
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .listing import CLIENTS, FOLDER, TASKS

PAGE = FOLDER.parents[2] / "docs" / "compare.md"
REQUIREMENTS = FOLDER.parents[1] / "requirements.txt"

_ABOUT = """\
The code is the one that `tools/compare.sh` runs on real engines, where it checks what each client did; the page is
made of it (`python -m bench.compare.page`). `client` is the client's object: of this client and aiodocker the one for
asyncio, the others block (as `ml_nexus_go.blocking` does).

"""


@dataclass
class Task:
    """What a module of the tasks says."""

    title: str = ""
    code: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    cannot: dict[str, str] = field(default_factory=dict)


def read(source: str) -> Task:
    """Return the task of a module's text."""
    module = ast.parse(source)
    task = Task((ast.get_docstring(module) or "").replace("\n", " "))
    functions = {
        node.name: ast.get_source_segment(source, node) or ""
        for node in module.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    imports = list(_imports(module))
    for node in module.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            told = {"NOTES": task.notes, "CANNOT": task.cannot}.get(node.targets[0].id)
            if told is not None:
                told.update(ast.literal_eval(node.value))
    for client in CLIENTS:
        if client in functions:
            task.code[client] = _whole(functions[client], functions, imports)
    return task


def _imports(module: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """Yield what a module imports: the beginning of the line, and the names."""
    for node in module.body:
        if isinstance(node, ast.Import):
            yield "import ", [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("bench."):
            yield f"from {node.module} import ", [alias.name for alias in node.names]


def _whole(code: str, functions: dict[str, str], imports: list[tuple[str, list[str]]]) -> str:
    """Return a function with the imports and the other functions that it needs."""
    helpers = [text for name, text in functions.items() if name.startswith("_") and _uses(code, name)]
    whole = "\n\n".join([code, *helpers])
    needed = [(line, [name for name in names if _uses(whole, name)]) for line, names in imports]
    lines = [line + ", ".join(names) for line, names in needed if names]
    return "\n".join([*lines, *([""] if lines else []), whole])


def _uses(code: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", code) is not None


def lines(code: str) -> int:
    """Return how many lines there are, without empty ones and comments."""
    return sum(1 for line in code.splitlines() if line.strip() and not line.strip().startswith("#"))


def page(tasks: dict[str, Task], requirements: str) -> str:
    """Return docs/compare.md."""
    versions = {name: version for name, _, version in (row.partition("==") for row in requirements.splitlines())}
    peers = {"docker_py": "docker", "aiodocker": "aiodocker", "whales": "python-on-whales"}
    named = ", ".join(f"{CLIENTS[client]} {versions[package]}" for client, package in peers.items())
    return "".join(
        [
            "# The same tasks with other clients\n\n",
            "<!-- Written by bench/compare/page.py from bench/compare/tasks/. -->\n\n",
            f"Tasks that programs have every day, with this client and with {named}.\n",
            _ABOUT,
            "Lines of code, without what opens the client; *no*: it cannot.\n\n",
            f"| task | {' | '.join(CLIENTS.values())} |\n|---|{'---|' * len(CLIENTS)}\n",
            *(f"| [{_heading(task)}](#{_anchor(task)}) | {_counts(task)} |\n" for task in tasks.values()),
            *(_section(task) for task in tasks.values()),
        ]
    )


def _heading(task: Task) -> str:
    return re.split(r"[,;:.]", task.title)[0]


def _anchor(task: Task) -> str:
    return re.sub(r"[^a-z0-9 -]", "", _heading(task).lower()).replace(" ", "-")


def _counts(task: Task) -> str:
    return " | ".join(str(lines(task.code[client])) if client in task.code else "*no*" for client in CLIENTS)


def _section(task: Task) -> str:
    text = f"\n## {_heading(task)}\n\n{task.title}\n"
    for client, title in CLIENTS.items():
        told = task.cannot.get(client) or task.notes.get(client, "")
        text += f"\n**{title}**" + (f": {told}" if told else "") + "\n"
        if client in task.code:
            text += f"\n```python\n{task.code[client]}\n```\n"
    return text


def load() -> dict[str, Task]:
    """Return all tasks."""
    return {name: read((FOLDER / f"{name}.py").read_text()) for name in TASKS}


def written() -> str:
    """Return the page as it has to be."""
    return page(load(), REQUIREMENTS.read_text())


if __name__ == "__main__":
    PAGE.write_text(written())
