"""What an engine leaves behind when it is ended: processes in cgroups, and mounts."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

from .process import wait_until

CGROUPS = Path("/sys/fs/cgroup")


def _cgroup_folders(name: str) -> list[Path]:
    """Return the cgroup of that name in every hierarchy (version 1, version 2, or both)."""
    return [p for p in (CGROUPS / name, *CGROUPS.glob(f"*/{name}")) if p.is_dir()]


def end_cgroup(name: str) -> None:
    """Kill every process in the cgroup and below it, then remove it."""

    def emptied() -> bool:
        empty = True
        for top in _cgroup_folders(name):
            for procs in top.rglob("cgroup.procs"):
                try:
                    pids = procs.read_text().split()
                except OSError:
                    continue
                for pid in pids:
                    empty = False
                    try:
                        os.kill(int(pid), signal.SIGKILL)
                    except ProcessLookupError:
                        continue
        return empty

    wait_until(emptied, 10)
    for top in _cgroup_folders(name):
        for folder, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                continue


def mounts_below(*folders: Path) -> list[str]:
    """Return the mount points under the folders, innermost first."""
    points = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        point = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), line.split(" ")[4])
        if any(point == str(f) or point.startswith(f"{f}/") for f in folders):
            points.append(point)
    return points[::-1]


def unmount_below(*folders: Path) -> None:
    for point in mounts_below(*folders):
        subprocess.run(["umount", "-l", point], capture_output=True, check=False)


def remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        pass
