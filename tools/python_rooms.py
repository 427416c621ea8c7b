"""Checks the walls inside the Python package: which room may import which, and that there are no import cycles.

    python tools/python_rooms.py            the package of this repository
    python tools/python_rooms.py FOLDER     another one

Imports for type checking and inside functions count like any other.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

PACKAGE = "ml_nexus_go"

_OPERATIONS = frozenset({"_abi", "_arguments", "_calls", "_display", "_results", "_results.fleet", "_wire"})
_CLIENTS = _OPERATIONS | {"_operations"}
_PUBLIC = _CLIENTS | {"_clients", "_options"}

# What each room may import, besides itself. A room without an entry may import nothing. One whose name has
# a dot is a folder inside another room, which it is no part of.
MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "_wire": frozenset(),
    "_results": frozenset({"_wire"}),
    "_results.fleet": frozenset({"_results", "_wire"}),
    "_arguments": frozenset({"_results"}),
    "_options": frozenset({"_arguments", "_results"}),
    "_abi": frozenset({"_results", "_wire"}),
    "_calls": frozenset({"_abi", "_arguments", "_results", "_wire"}),
    "_display": frozenset({"_calls", "_results", "_wire"}),
    "_operations": _OPERATIONS,
    "_clients": _CLIENTS,
    "ml_nexus_go": _PUBLIC,
    "blocking": _PUBLIC,
    "cli.printing": frozenset({"_display", "_results", "_results.fleet"}),
    "cli.doctor": _PUBLIC | {"ml_nexus_go", "cli.printing"},
    "cli": _PUBLIC | {"ml_nexus_go", "cli.doctor", "cli.printing"},
    "environments": _PUBLIC,
    "injection": _PUBLIC | {"environments"},
    "_testing": _PUBLIC,
    "pytest_plugin": _PUBLIC | {"_testing"},
    "_moved": _PUBLIC | {"ml_nexus_go"},
}
# A folder that belongs to another one's room: tracebacks and pickles name the exceptions by it.
ROOM_OF = {"_errors": "_results"}

# Files of a folder. Operations are many, and their names read as a list.
MOST_FILES = 24
MANY = frozenset({"_operations"})

Imports = dict[str, dict[str, int]]  # module: the modules that it imports, and the line


def faults(folder: Path) -> list[str]:
    """Return what is wrong with the package in a folder, one line for each fault."""
    imports = read(folder)
    return [*walls(imports), *circles(imports), *sizes(imports)]


def read(folder: Path) -> Imports:
    """Return what each module of a package imports of the package."""
    files = {
        ".".join([PACKAGE, *file.relative_to(folder).with_suffix("").parts]): file for file in folder.rglob("*.py")
    }
    files = {name.removesuffix(".__init__"): file for name, file in files.items()}
    return {name: dict(_imported(name, file, set(files))) for name, file in sorted(files.items())}


def _imported(name: str, file: Path, known: set[str]) -> Iterator[tuple[str, int]]:
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_bytes(), file)):
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            # A name is a module, or something in the module before it.
            wanted = [inner if (inner := f"{module}.{alias.name}") in known else module for alias in node.names]
        else:
            continue
        yield from ((each, node.lineno) for each in wanted if each in known and each != name)


def room_of(module: str) -> str:
    """Return the room of a module."""
    folder = folder_of(module)
    return ROOM_OF.get(folder, folder)


def folder_of(module: str) -> str:
    """Return a module's folder in the package, or the module itself."""
    if "." not in module:
        return module
    inside = module.split(".")[1:]
    nested = ".".join(inside[:2])
    return nested if nested in MAY_IMPORT else inside[0]


def walls(imports: Imports) -> Iterator[str]:
    """Yield the imports that cross a wall."""
    for module, imported in imports.items():
        room = room_of(module)
        if room not in MAY_IMPORT:
            yield f"{module}: the room {room} is not in MAY_IMPORT of tools/python_rooms.py"
            continue
        for other, line in imported.items():
            if room_of(other) not in MAY_IMPORT[room] | {room}:
                yield f"{module}, line {line}: {room} must not import {room_of(other)} ({other})"


def circles(imports: Imports) -> Iterator[str]:
    """Yield a line for each set of modules that import each other."""
    reached = {module: _reached(module, imports) for module in imports}
    done: set[str] = set()
    for module in imports:
        if module in done or module not in reached[module]:
            continue
        together = sorted(other for other in reached[module] if module in reached[other])
        done.update(together)
        yield f"these modules import each other: {', '.join(together)}"


def _reached(module: str, imports: Imports) -> set[str]:
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        new = set(imports[waiting.pop()]) - seen
        seen |= new
        waiting += new
    return seen


def sizes(imports: Imports) -> Iterator[str]:
    """Yield the folders that have too many files."""
    for folder, count in Counter(folder_of(module) for module in imports).items():
        if count > MOST_FILES and folder not in MANY:
            yield f"the folder {folder} has {count} files, more than {MOST_FILES}: draw a wall through it"


def main() -> int:
    """Print the faults, and return the exit code."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "python" / PACKAGE
    found = faults(folder)
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
