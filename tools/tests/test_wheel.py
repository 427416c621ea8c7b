"""What is in the wheel of this machine's platform besides code: licences and the bill of materials. Its size.

tools/test.sh runs this after tools/wheel.sh.
"""

from __future__ import annotations

import json
import platform
import re
import subprocess
import zipfile
import zlib
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[2]
Modules = dict[str, str]


@pytest.fixture(scope="module")
def path() -> Path:
    (found,) = (ROOT / "dist").glob(f"*_{platform.machine()}.whl")
    return found


@pytest.fixture(scope="module")
def files(path: Path) -> dict[str, bytes]:
    """Every file of the wheel, by the part of its name after the package's or the metadata's folder."""
    with zipfile.ZipFile(path) as wheel:
        return {name.partition("/")[2]: wheel.read(name) for name in wheel.namelist()}


@pytest.fixture(scope="module")
def bill(files: dict[str, bytes]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(files["sboms/ml_nexus_go.cdx.json"])
    return document


@pytest.fixture(scope="module")
def notices(files: dict[str, bytes]) -> str:
    return files["licenses/THIRD_PARTY_NOTICES.txt"].decode()


def programs(library: bytes) -> Iterator[bytes]:
    """Yield the library, and the agents that it carries compressed."""
    yield library
    for found in re.finditer(rb"\x1f\x8b\x08\x00", library):
        packed = library[found.start() :]
        try:
            if zlib.decompressobj(wbits=31).decompress(packed[:4096], 4) == b"\x7fELF":
                yield zlib.decompressobj(wbits=31).decompress(packed)
        except zlib.error:  # these four bytes are no start of a file
            continue


def go_version(program: Path) -> tuple[str, Modules]:
    """Return Go's version and the modules, as `go version -m` prints them."""
    done = subprocess.run(["go", "version", "-m", str(program)], capture_output=True, text=True, check=True)
    first, *rows = done.stdout.splitlines()
    cells = [row.split("\t")[1:] for row in rows]
    return first.rpartition(": go")[2].split()[0], {row[1]: row[2] for row in cells if row[0] == "dep"}


def test_the_bill_follows_the_schema(files: dict[str, bytes]) -> None:
    text = files["sboms/ml_nexus_go.cdx.json"].decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    broken = text.replace('"type": "library"', '"type": "bookshelf"')
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(broken) is not None


def test_the_bill_lists_what_is_linked(files: dict[str, bytes], bill: dict[str, Any], tmp_path: Path) -> None:
    linked: Modules = {}
    found = list(programs(files["_lib/libml_nexus_go.so"]))
    assert len(found) == 3, "the library and an agent for each of two processors"
    for number, program in enumerate(found):
        (tmp_path / str(number)).write_bytes(program)
        (tmp_path / str(number)).chmod(0o700)
        go, modules = go_version(tmp_path / str(number))
        linked |= modules | {"stdlib": go}
    assert len(linked) > 90
    assert {part["name"]: part["version"] for part in bill["components"]} == linked


def test_every_part_has_a_licence_whose_text_is_there(bill: dict[str, Any], notices: str) -> None:
    table = {row[0]: row[1:] for row in (line.split("\t") for line in notices.splitlines()) if len(row) == 3}
    for part in bill["components"]:
        name = {"stdlib": "Go standard library"}.get(part["name"], part["name"])
        version, licence = table[name]
        assert part["licenses"] == [{"expression": licence}]
        if part["name"] != "stdlib":  # where the pinned Go cannot be had, another one builds
            assert part["version"] == version
        assert f"\n{name}: LICENSE" in notices or f"\n{name}: COPYING" in notices


def test_the_metadata_names_the_licences(files: dict[str, bytes]) -> None:
    metadata = Parser().parsestr(files["METADATA"].decode())
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata.get_all("License-File") == ["LICENSE", "THIRD_PARTY_NOTICES.txt"]
    assert files["licenses/LICENSE"] == (ROOT / "LICENSE").read_bytes()


def test_the_bill_has_no_path_of_the_machine_that_made_it(files: dict[str, bytes]) -> None:
    for name, text in files.items():
        assert str(ROOT).encode() not in text, name


def test_the_wheel_is_no_larger_than_promised(path: Path, files: dict[str, bytes]) -> None:
    """Both grow by 2.5 and 8 MB at once if something that is linked looks up methods by reflection.

    Then the linker keeps every method of every type. `go build -ldflags=-dumpdep`, with the other flags
    of build.sh, prints who needs whom: "<ReflectMethod>" is what to look for, and how it is reached.
    """
    assert path.stat().st_size <= 12_000_000
    assert len(files["_lib/libml_nexus_go.so"]) <= 30_000_000
