"""Go programs, built once for each version."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .errors import TestbedError
from .log import say
from .owner import own, own_below
from .paths import cache_dir, invoking_gid, invoking_uid


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


def install(target: Path, packages: Sequence[str], *, tags: str = "", ldflags: str = "", cgo: bool = True) -> None:
    """go install packages (path@version) into a folder, which appears complete or not at all."""
    if target.exists():
        return
    say(f"building {' '.join(packages)} (the first time takes minutes)")
    own(cache_dir())
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    env = {"GOBIN": str(own(partial)), "CGO_ENABLED": "1" if cgo else "0"}
    _go(["install", f"-tags={tags}", f"-ldflags={ldflags}", *packages], partial, env)
    partial.rename(target)


def build_module(
    target: Path, module: str, package: str, *, tags: str = "", ldflags: str = "", cgo: bool = True
) -> None:
    """Build one program of a module (path@version) with that module's own dependencies.

    `go install` refuses modules with replace directives (runc), and picks new dependencies
    for modules without a go.mod (docker/cli, which lists them in vendor.mod).
    """
    if target.exists():
        return
    say(f"building {module} (the first time takes minutes)")
    source = own(own(cache_dir()) / f"{target.name}.src")
    stored = Path(json.loads(_go(["mod", "download", "-json", module], source))["Dir"])
    shutil.rmtree(source)
    own(source)
    for path in stored.rglob("*"):
        copy = source / path.relative_to(stored)
        if path.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    if (source / "vendor.mod").exists():
        shutil.copyfile(source / "vendor.mod", source / "go.mod")
        shutil.copyfile(source / "vendor.sum", source / "go.sum")
    own_below(source)
    _go(["build", "-mod=mod", f"-tags={tags}", f"-ldflags={ldflags}", "-o", f"{target.name}.partial", package], source,
        {"CGO_ENABLED": "1" if cgo else "0"})  # fmt: skip
    os.replace(source / f"{target.name}.partial", target)
    shutil.rmtree(source)


def build_local(target: Path, package: Path) -> None:
    """Build a static program of this repository (standard library only)."""
    if target.exists():
        return
    partial = own(own(cache_dir()) / f"{target.name}.tmp")
    _go(["build", "-trimpath", "-ldflags=-s -w", "-o", str(partial / "out"), "."], package, {"CGO_ENABLED": "0"})
    os.replace(partial / "out", target)
    shutil.rmtree(partial)
