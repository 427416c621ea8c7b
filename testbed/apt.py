"""Debian packages, installed when missing, without starting any service."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import TestbedError
from .lock import locked
from .log import say
from .process import run

POLICY = Path("/usr/sbin/policy-rc.d")
LOCK = Path("/run/mlng-apt.lock")  # tools/setup.sh takes it, too
PATIENT = ("-o", "DPkg::Lock::Timeout=600")  # the system may be installing something of its own


def installed(package: str) -> bool:
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", package], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() == "installed"


@contextmanager
def no_services() -> Iterator[None]:
    """Refuse every service start that a package asks for while it is installed."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)


def need(*packages: str) -> None:
    """Install the packages that are missing."""
    if all(map(installed, packages)):
        return
    if shutil.which("apt-get") is None:
        raise TestbedError(f"this machine has no apt-get: install {' '.join(packages)} by hand")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with locked(LOCK), no_services():
        missing = [p for p in packages if not installed(p)]
        if not missing:
            return
        say(f"installing {' '.join(missing)}")
        install = ["apt-get", "install", "-y", "-q", *PATIENT, "--no-install-recommends", *missing]
        try:
            run(install, env=environ)
        except TestbedError:
            # A fresh machine has no package lists, or old ones.
            run(["apt-get", "update", "-q"], env=environ)
            run(install, env=environ)


def candidate(package: str) -> str:
    """Return the version that would be installed."""
    show = ["apt-cache", "show", "--no-all-versions", package]
    try:
        text = run(show)
    except TestbedError:
        # A fresh machine has no package lists.
        run(["apt-get", "update", "-q"])
        text = run(show)
    return text.partition("Version: ")[2].partition("\n")[0]


def extract(target: Path, *packages: str) -> None:
    """Unpack packages into a folder, without installing them: they may conflict with what the machine uses."""
    downloads = target.with_name(target.name + ".debs")
    shutil.rmtree(downloads, ignore_errors=True)
    downloads.mkdir(parents=True)
    if shutil.which("apt-get") is None:
        raise TestbedError(f"this machine has no apt-get: install {' '.join(packages)} by hand")
    fetch = ["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", *packages]
    say(f"downloading {' '.join(packages)}")
    try:
        run(fetch, cwd=downloads)
    except TestbedError:
        run(["apt-get", "update", "-q"])
        run(fetch, cwd=downloads)
    for deb in sorted(downloads.glob("*.deb")):
        run(["dpkg-deb", "-x", str(deb), str(target)])
    shutil.rmtree(downloads)
