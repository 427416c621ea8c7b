"""Libraries of another version than the package."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ml_nexus_go import InternalError
from ml_nexus_go._abi.native import ABI_MAJOR, ABI_MINOR, Library, check_version, default_path


def compiled(folder: Path, source: str) -> Path:
    """A shared library made of C source."""
    (folder / "other.c").write_text(source)
    library = folder / "libother.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, folder / "other.c"], check=True)
    return library


def test_another_major_version_is_refused(tmp_path: Path) -> None:
    version = (ABI_MAJOR + 1) << 16
    path = compiled(tmp_path, f"unsigned mlng_abi_version(void) {{ return {version}u; }}")
    with pytest.raises(InternalError, match=rf"ABI version {ABI_MAJOR + 1}\.0 .*needs {ABI_MAJOR}\.x.*install"):
        Library(path)


def test_a_newer_minor_version_is_fine_and_an_older_one_is_not() -> None:
    path = Path("lib.so")
    check_version(ABI_MAJOR << 16 | (ABI_MINOR + 1), path)
    if ABI_MINOR:
        with pytest.raises(InternalError, match="older"):
            check_version(ABI_MAJOR << 16, path)


def test_a_library_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InternalError, match="not an ml_nexus_go library"):
        Library(compiled(tmp_path, "int answer(void) { return 42; }"))


def test_a_file_that_is_no_library_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "libtext.so"
    path.write_text("no library")
    with pytest.raises(InternalError, match="cannot be loaded"):
        Library(path)
    with pytest.raises(InternalError, match=r"cannot be loaded.*install the package again"):
        Library(tmp_path / "missing.so")


def test_the_library_says_what_it_was_built_from() -> None:
    assert Library(default_path()).build_info.startswith("ml_nexus_go ")
