"""The walls inside the Python package: each refuses the import that is planted through it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from tools.python_rooms import MANY, MAY_IMPORT, MOST_FILES, PACKAGE, faults

from .support.program import ROOT

ROOMS = [room for room in MAY_IMPORT if room != PACKAGE]
REFUSED = [(room, other) for room, other in product(ROOMS, ROOMS) if other not in MAY_IMPORT[room] | {room}]


def folder_of(package: Path, room: str) -> Path:
    return package.joinpath(*room.split("."))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with all rooms, a module in each, and no import."""
    folder = tmp_path / PACKAGE
    for room in ROOMS:
        inside = folder_of(folder, room)
        inside.mkdir(parents=True, exist_ok=True)
        (inside / "__init__.py").touch()
        (inside / "module.py").touch()
    (folder / "_errors").mkdir()
    for name in ("__init__.py", "_errors/__init__.py"):
        (folder / name).touch()
    return folder


def test_the_package_keeps_its_walls() -> None:
    assert faults(ROOT / "python" / PACKAGE) == []


@pytest.mark.parametrize(("room", "other"), REFUSED)
def test_each_wall_refuses_an_import_through_it(package: Path, room: str, other: str) -> None:
    planted = f"import os\nfrom {PACKAGE}.{other}.module import thing\n"
    (folder_of(package, room) / "module.py").write_text(planted)
    fault = f"{PACKAGE}.{room}.module, line 2: {room} must not import {other} ({PACKAGE}.{other}.module)"
    assert faults(package) == [fault]


@pytest.mark.parametrize("room", ROOMS)
def test_what_lies_below_may_be_imported(package: Path, room: str) -> None:
    below = sorted(MAY_IMPORT[room] - {PACKAGE})
    imports = "".join(f"from {PACKAGE}.{other} import module\n" for other in below)
    (folder_of(package, room) / "module.py").write_text(imports)
    assert faults(package) == []


@pytest.mark.parametrize(
    "planted",
    [
        "from .._clients.module import thing",
        "from .._clients import module",
        "import ml_nexus_go._clients.module",
        "from ml_nexus_go._clients.module import thing",
        "from ml_nexus_go._clients import module as other",
        "def late():\n    from .._clients import module",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .._clients.module import Thing",
    ],
)
def test_an_import_is_found_however_it_is_written(package: Path, planted: str) -> None:
    (package / "_abi" / "module.py").write_text(planted)
    (fault,) = faults(package)
    assert fault.endswith(f"_abi must not import _clients ({PACKAGE}._clients.module)")


def test_a_room_inside_another_is_no_part_of_it(package: Path) -> None:
    (package / "_results" / "module.py").write_text("from .fleet import module\n")
    assert faults(package) == [
        f"{PACKAGE}._results.module, line 1: _results must not import _results.fleet ({PACKAGE}._results.fleet.module)"
    ]
    for number in range(MOST_FILES - 1):
        (package / "_results" / "fleet" / f"m{number}.py").touch()
    (_, full) = faults(package)
    assert full.startswith(f"the folder _results.fleet has {MOST_FILES + 1} files")


def test_the_exceptions_are_of_the_lowest_room(package: Path) -> None:
    (package / "_errors" / "work.py").write_text("from .._results.module import Result\nfrom .._abi import module\n")
    fault = f"{PACKAGE}._errors.work, line 2: _results must not import _abi ({PACKAGE}._abi.module)"
    assert faults(package) == [fault]


def test_no_room_imports_the_package_itself(package: Path) -> None:
    (package / "_calls" / "module.py").write_text("from .. import __version__\n")
    assert faults(package) == [f"{PACKAGE}._calls.module, line 1: _calls must not import {PACKAGE} ({PACKAGE})"]


def test_modules_that_import_each_other_are_named(package: Path) -> None:
    for name, other in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")):
        (package / "_abi" / f"{name}.py").write_text(f"from .{other} import thing\n")
    together = ", ".join(f"{PACKAGE}._abi.{name}" for name in "abc")
    assert faults(package) == [f"these modules import each other: {together}"]


def test_a_new_room_needs_its_line(package: Path) -> None:
    (package / "fleets.py").touch()
    (fault,) = faults(package)
    assert fault.startswith(f"{PACKAGE}.fleets: the room fleets is not in MAY_IMPORT")


def test_a_folder_that_is_too_full(package: Path) -> None:
    for number in range(MOST_FILES - 2):
        (package / "_results" / f"m{number}.py").touch()  # _errors, of the same room, is another folder
    for folder in ("_abi", *MANY):
        for number in range(MOST_FILES):
            (package / folder / f"m{number}.py").touch()
    assert faults(package) == [
        f"the folder _abi has {MOST_FILES + 2} files, more than {MOST_FILES}: draw a wall through it"
    ]
