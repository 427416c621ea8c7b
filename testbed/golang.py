"""Go programs, built once for each version."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .cached import made
from .errors import TestbedError
from .log import say
from .owner import own, own_below
from .paths import invoking_gid, invoking_uid


def _go(arguments: Sequence[str], cwd: Path, env: dict[str, str] | None = None) -> str:
    """Run go as the user who called, so that nothing in their Go caches belongs to root."""
    if shutil.which("go") is None:
        raise TestbedError("Go 1.26 or newer is not on PATH: install it from https://go.dev/dl/")
    uid = invoking_uid()
    full = {**os.environ, "GOWORK": "off", **(env or {})}
    if os.getuid() == uid:
        done = subprocess.run(["go", *arguments], cwd=cwd, env=full, capture_output=True, text=True, check=False)
    else:
        full["HOME"] = pwd.getpwuid(uid).pw_dir
        done = subprocess.run(
            ["go", *arguments], cwd=cwd, env=full, capture_output=True, text=True, check=False,
            user=uid, group=invoking_gid(), extra_groups=[],
        )  # fmt: skip
    if done.returncode != 0:
        last = "\n".join(done.stderr.strip().splitlines()[-20:])
        raise TestbedError(f"go {' '.join(arguments)} failed:\n{last}")
    return done.stdout


def install(name: str, packages: Sequence[str], *, tags: str = "", ldflags: str = "", cgo: bool = True) -> Path:
    """go install packages (path@version) into a folder of the cache."""

    def build(partial: Path) -> None:
        say(f"building {' '.join(packages)} (the first time takes minutes)")
        env = {"GOBIN": str(own(partial)), "CGO_ENABLED": "1" if cgo else "0"}
        _go(["install", f"-tags={tags}", f"-ldflags={ldflags}", *packages], partial, env)

    return made(name, build)


def build_module(name: str, module: str, package: str, *, tags: str = "", ldflags: str = "", cgo: bool = True) -> Path:
    """Build one program of a module (path@version), with that module's own dependencies, into the cache.

    `go install` refuses modules with replace directives (runc), and picks new dependencies
    for modules without a go.mod (docker/cli, which lists them in vendor.mod).
    """

    def build(partial: Path) -> None:
        say(f"building {module} (the first time takes minutes)")
        source = partial.with_name(f"{name}.src")
        shutil.rmtree(source, ignore_errors=True)
        own(source)
        stored = Path(json.loads(_go(["mod", "download", "-json", module], source))["Dir"])
        for path in stored.rglob("*"):
            copy = source / path.relative_to(stored)
            if path.is_file():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
        if (source / "vendor.mod").exists():
            shutil.copyfile(source / "vendor.mod", source / "go.mod")
            shutil.copyfile(source / "vendor.sum", source / "go.sum")
        own_below(source)
        _go(["build", "-mod=mod", f"-tags={tags}", f"-ldflags={ldflags}", "-o", str(partial), package], source,
            {"CGO_ENABLED": "1" if cgo else "0"})  # fmt: skip
        shutil.rmtree(source)

    return made(name, build)


def build_local(name: str, package: Path) -> Path:
    """Build a static program of this repository (standard library only) into the cache."""

    def build(partial: Path) -> None:
        _go(["build", "-trimpath", "-ldflags=-s -w", "-o", str(partial), "."], package, {"CGO_ENABLED": "0"})

    return made(name, build)
