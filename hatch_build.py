"""Builds the shared library for the wheel, by build.sh, the one home of Go's flags."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NO_GO = (
    "ml_nexus_go is built from Go source and the command go is missing: install Go 1.26 or later "
    "from https://go.dev/dl/ (or your distribution), put it on PATH, and try again."
)
AGENTS = "backends/engine/agent/built/bin"  # where build.sh puts them


class BuildHook(BuildHookInterface[Any]):
    """Calls build.sh and tags the wheel py3-none-PLATFORM."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the library; for an editable installation, in place."""
        root = Path(self.root)
        check_system(root)
        if shutil.which("go") is None:
            raise SystemExit(NO_GO)
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_tag()}"
        if version == "editable":
            subprocess.run(["./build.sh"], cwd=root, check=True)
            return
        # Not the folder of an editable installation: this may be another platform's library.
        library = Path("build/library") / platform_tag()
        shutil.rmtree(root / library, ignore_errors=True)
        subprocess.run(["./build.sh", str(library)], cwd=root, check=True)
        for file in sorted((root / library).iterdir()):
            build_data["force_include"][str(file)] = f"ml_nexus_go/_lib/{file.name}"
        build_data["sbom_files"].append(str(write_sbom(root, library)))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Compress the wheel as far as a zip can be, which hatchling does not."""
        if version == "editable":
            return
        wheel = Path(artifact_path)
        small = wheel.with_suffix(".small")
        with zipfile.ZipFile(wheel) as made, zipfile.ZipFile(small, "w") as target:
            for entry in made.infolist():
                target.writestr(entry, made.read(entry), compress_type=zipfile.ZIP_DEFLATED, compresslevel=9)
        small.replace(wheel)


def check_system(root: Path) -> None:
    """Exit where the package refuses to be imported: it would be installed for nothing."""
    try:
        runpy.run_path(str(root / "python/ml_nexus_go/_abi/supported.py"))
    except ImportError as refusal:
        raise SystemExit(str(refusal)) from None


def write_sbom(root: Path, library: Path) -> Path:
    """List what is linked into the library, and into the agents that it carries."""
    agents = [root / AGENTS / f"agent-{processor}.gz" for processor in ("amd64", "arm64")]
    binaries = [*(root / library).iterdir(), *agents]
    target = Path("build/library/ml_nexus_go.cdx.json")
    made = subprocess.run(
        [sys.executable, "tools/sbom.py", *sorted(map(str, binaries))], cwd=root, check=True, stdout=subprocess.PIPE
    )
    (root / target).write_bytes(made.stdout)
    return target


def platform_tag() -> str:
    """Return the wheel's platform: this machine's, or what tools/wheel.sh says."""
    tag = os.environ.get("MLNG_WHEEL_PLATFORM") or sysconfig.get_platform()
    return tag.replace("-", "_").replace(".", "_")
