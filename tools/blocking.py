"""Writes the blocking client from the asynchronous one.

    PYTHONPATH=python python -m tools.blocking            writes it
    PYTHONPATH=python python -m tools.blocking --check    fails if it is not fresh

Each public method of DockerClient becomes one with the same name, parameters and docstring. What has no
blocking form yet (a callback or a source of another type) is an error: it needs a line in OTHERS or SAME.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from ml_nexus_go import DockerClient

PACKAGE = Path(__file__).parents[1] / "python/ml_nexus_go"
OUT = PACKAGE / "blocking/generated.py"

# Types of parameters, by name, and the function of blocking/_arguments.py that adapts an argument. Of those
# that are asynchronous, blocking/_types.py has one of the same name.
OTHERS = {
    "ArchiveSource": "source",
    "Archives": "client",
    "FileContent": "source",
    "LineCallback": "asked",
    "OutputCallback": "asked",
    "StdinSource": "source",
}
SAME = {
    "BuildCallback": "told",
    "ImageProgressCallback": "told",
    "ProgressCallback": "told",
    "ProgressOption": "told",
    "RunProgressCallback": "told",
    "WaitingCallback": "told",
}
# Types of results that have a blocking form of the same name.
WRAPPED = {"ContainerProcess"}
# Those that are in the generated module itself.
OWN = {"Place"}
ASYNCHRONOUS = ("Async", "Await", "Callable", "Coroutine")
# How their blocking forms are called, and made.
FORMS = {
    "AsyncIterator": ("BlockingIterator", "self._thread.iterate({call})"),
    "AsyncGenerator": ("BlockingIterator", "self._thread.iterate({call})"),
    "AbstractAsyncContextManager": ("AbstractContextManager", "self._thread.manage({call})"),
}
HOMES = {"BlockingIterator": "ml_nexus_go.blocking._loop_thread", "AbstractContextManager": "contextlib"}
# Words of docstrings.
WORDS = {
    "asynchronous iterable": "iterable",
    "asynchronous iterator": "iterator",
    "plain or async functions; a slow one": "functions; a slow one",
    "async with": "with",
    "await place.": "place.",
    "when the task is cancelled": "when the call is interrupted",
}

HEAD = '''"""The methods of the blocking client. Written by tools/blocking.py from DockerClient: do not edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from . import _arguments as given
from ._client import Client

if TYPE_CHECKING:
    {imports}


class DockerClient(Client):
    """One Docker Engine, however it is reached: what ``connect`` of this module returns.

    The methods of ml_nexus_go.DockerClient, which block. Any number of threads may call them
    concurrently. Ctrl-C ends the work that is waited for, on the engine as well. Callbacks are
    called on the thread of the call. What is asynchronous there is plain here: iterators,
    context managers, sources of bytes.
    """
'''

TAIL = '''

class Place(DockerClient):
    """A client of the node of a fleet where resources are held, from ``client.reserve()``."""

    @property
    def reservation(self) -> Reservation:
        """What is held, and where."""
        held: Reservation = self._any.reservation
        return held
'''


class Module:
    """A module with operations: its names, and where they come from."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.values = vars(importlib.import_module(name))
        path = inspect.getsourcefile(sys.modules[name])
        assert path is not None
        self.tree = ast.parse(Path(path).read_text("utf-8"))
        self.origins = dict(self._imports())

    def _imports(self) -> Iterator[tuple[str, tuple[str, str]]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, (alias.name, "")) for alias in node.names)
            if isinstance(node, ast.ImportFrom):
                above = self.name.split(".")[: -node.level] if node.level else []
                module = ".".join([*above, *([node.module] if node.module else [])])
                yield from ((alias.asname or alias.name, (module, alias.name)) for alias in node.names)
        for node in self.tree.body:
            for target in getattr(node, "targets", []):
                if isinstance(target, ast.Name):
                    yield target.id, (self.name, target.id)
            if isinstance(node, ast.ClassDef):
                yield node.name, (self.name, node.name)


class _Blocking(ast.NodeTransformer):
    """Gives an annotation its blocking form."""

    name = form = ""

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if not isinstance(node.value, ast.Name) or node.value.id not in FORMS:
            return node
        self.name, self.form = FORMS[node.value.id]
        node.value.id = self.name
        if isinstance(node.slice, ast.Tuple):
            node.slice = node.slice.elts[0]
        return node


class Writer:
    """Collects methods and the imports of their annotations."""

    def __init__(self) -> None:
        self.imports: dict[str, set[str]] = {"ml_nexus_go._results.fleet.reservation": {"Reservation"}}
        self.methods: list[str] = []
        self.overloaded: set[str] = set()

    def add(self, module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Add a method, or one of its overloads."""
        overloaded = any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in node.decorator_list)
        returns, form = self._result(module, node)
        adapted: dict[str, str] = {}
        for argument in _arguments(node.args):
            assert argument.annotation is not None, (node.name, argument.arg)
            names = self._use(module, argument.annotation)
            adapters = {adapter for name in names if (adapter := OTHERS.get(name) or SAME.get(name))}
            if adapters:
                (adapted[argument.arg],) = adapters
        for default in [*node.args.defaults, *node.args.kw_defaults]:
            if isinstance(default, ast.Name):
                _constant(module, default)
        lines = [f"def {node.name}({ast.unparse(node.args)}) -> {returns}:"]
        if overloaded:
            self.overloaded.add(node.name)
            lines = ["@overload", f"{lines[0]} ..."]
        else:
            doc = ast.get_docstring(node, clean=False) or ""
            for word, instead in WORDS.items():
                doc = doc.replace(word, instead)
            lines += [f'    """{doc}"""'] if doc else []
            client = "self._any" if node.name in self.overloaded else "self._client"
            value = form.format(call=_call(node, adapted, client))
            overloads = node.name in self.overloaded
            lines += [f"    found: {returns} = {value}", "    return found"] if overloads else [f"    return {value}"]
        self.methods.append("\n".join("    " + line for line in lines))

    def _result(self, module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, str]:
        """Return the annotation of the result, and how it is made from the call."""
        assert node.returns is not None, node.name
        self._use(module, node.returns)
        blocking = _Blocking()
        text = ast.unparse(blocking.visit(node.returns))
        if text == "AbstractContextManager[Place]":
            blocking.form = "self._places({call}, Place)"
        if blocking.form:
            self.imports.setdefault(HOMES[blocking.name], set()).add(blocking.name)
            return text, blocking.form
        form = "self._thread.call(lambda: {call})" if isinstance(node, ast.AsyncFunctionDef) else "{call}"
        return text, f"self._process({form})" if text in WRAPPED else form

    def _use(self, module: Module, annotation: ast.expr) -> set[str]:
        """Note the imports that an annotation needs, and return its names."""
        names = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
        for name in names:
            origin, original = module.origins.get(name, ("", ""))
            if name in OTHERS:
                origin = "ml_nexus_go.blocking._types"
            elif name in WRAPPED:
                origin = "ml_nexus_go.blocking._process"
            elif name in FORMS or name in OWN:
                continue
            elif origin and name not in SAME and any(word in str(module.values.get(name)) for word in ASYNCHRONOUS):
                raise SystemExit(f"{module.name}: {name} has no blocking form: add it to OTHERS or SAME in {__file__}")
            if origin:
                self.imports.setdefault(origin, set()).add(original)
        return names

    def text(self) -> str:
        """Return the module."""
        imports = "\n    ".join(
            f"from {_relative(origin)} import {', '.join(sorted(names))}" if names != {""} else f"import {origin}"
            for origin, names in sorted(self.imports.items())
        )
        return HEAD.format(imports=imports) + "\n" + "\n\n".join(self.methods) + "\n" + TAIL


def _constant(module: Module, default: ast.Name) -> None:
    """Replace a default that is a name by its value."""
    value = module.values[default.id]
    assert isinstance(value, (int, float, str, tuple, type(None))), default.id
    default.id = repr(value)


def _relative(origin: str) -> str:
    inside = origin.removeprefix("ml_nexus_go.")
    if inside == origin:
        return origin
    return "." + inside.removeprefix("blocking.") if inside.startswith("blocking.") else ".." + inside


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [argument for argument in found if argument.arg != "self"]


def _call(node: ast.FunctionDef | ast.AsyncFunctionDef, adapted: dict[str, str], client: str) -> str:
    keyword_only = {argument.arg for argument in node.args.kwonlyargs}
    given = []
    for argument in _arguments(node.args):
        value = f"given.{adapted[argument.arg]}({argument.arg})" if argument.arg in adapted else argument.arg
        given.append(f"{argument.arg}={value}" if argument.arg in keyword_only else value)
    return f"{client}.{node.name}({', '.join(given)})"


def generate() -> str:
    """Return the blocking client."""
    writer = Writer()
    for base in DockerClient.__mro__:
        name = "ml_nexus_go._clients.docker_client" if base is DockerClient else base.__module__
        if not name.startswith(("ml_nexus_go._operations", "ml_nexus_go._clients")):
            continue
        module = Module(name)
        (definition,) = (
            node for node in module.tree.body if isinstance(node, ast.ClassDef) and node.name == base.__name__
        )
        for node in definition.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _is_public(node.name):
                writer.add(module, node)
    return _formatted(writer.text())


def _is_public(name: str) -> bool:
    return not name.startswith("_") and name != "aclose"


def _formatted(text: str) -> str:
    for command in (["check", "--fix-only", "--quiet"], ["format", "--quiet"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(OUT), "-"]
        text = subprocess.run(ruff, input=text, stdout=subprocess.PIPE, text=True, check=True).stdout
    return text


def main() -> None:
    """Write or check the file."""
    fresh = generate()
    if "--check" not in sys.argv[1:]:
        OUT.write_text(fresh, "utf-8")
    elif not OUT.exists() or OUT.read_text("utf-8") != fresh:
        raise SystemExit(f"{OUT} is not fresh: run PYTHONPATH=python python -m tools.blocking")


if __name__ == "__main__":
    main()
