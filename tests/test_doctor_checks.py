"""What ml-nexus-go doctor makes of what a host says: full disks, wrong clocks, GPUs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import PermissionDenied
from ml_nexus_go.cli.doctor import host as checks
from ml_nexus_go.cli.doctor.connection import steps
from ml_nexus_go.cli.doctor.ssh_config import parse

FACTS = {
    "reached": True, "user": "ml", "clock": 1000, "rsync": "rsync  version 3.2.7  protocol version 31",
    "disk_total": 1_000_000_000_000, "disk_free": 500_000_000_000, "nvidia_smi": False, "nvidia_problem": "",
    "gpus": [], "engine_command": "",
}  # fmt: skip


def facts(**changed: Any) -> Any:
    """Return what a host says, but for these fields."""
    return {**FACTS, **changed}


INFO = {"DockerRootDir": "/var/lib/docker", "Driver": "overlay2", "Runtimes": {"runc": {}}, "DefaultRuntime": "runc"}
H100 = {"index": 0, "uuid": "GPU-a", "name": "H100", "memory_total": 80_000_000_000, "memory_used": 3_000_000_000,
        "utilization": 7, "processes": []}  # fmt: skip


@pytest.mark.parametrize(
    ("total", "free", "status", "says"),
    [
        (1_000_000_000_000, 50_000_000_000, "ok", "50GB of 1TB are free"),
        (1_000_000_000_000, 49_999_999_999, "warn", "the disk is nearly full: overlay2 at /var/lib/docker"),
        (20_000_000_000, 5_000_000_000, "ok", "overlay2"),
        (20_000_000_000, 4_999_999_999, "warn", "docker system prune"),
        (20_000_000_000, 0, "warn", "the disk is full"),
        (0, 0, "ok", "the free space is not known"),
    ],
)
def test_free_space(total: int, free: int, status: str, says: str) -> None:
    step = checks.storage(INFO, facts(disk_total=total, disk_free=free))
    assert step.status == status
    assert says in step.message


@pytest.mark.parametrize(
    ("clock", "status", "says"),
    [
        (1000, "ok", "as this machine's"),
        (1029, "ok", "as this machine's"),
        (4602, "warn", "60.0 minutes ahead of"),
        (-2600, "warn", "60.0 minutes behind"),
    ],
)
def test_clocks(clock: int, status: str, says: str) -> None:
    """The host is asked between 1000.5 and 1002: an answer in between is no difference."""
    step = checks.clock(None, facts(clock=clock), 1000.5, 1002)
    assert step is not None
    assert step.status == status
    assert says in step.message


def test_the_clock_of_an_engine_behind_tcp() -> None:
    unknown = facts(reached=False, clock=0)
    step = checks.clock({"SystemTime": "1970-01-01T01:00:00.123456789Z"}, unknown, 0, 1)
    assert step is not None
    assert "60.0 minutes ahead of" in step.message
    assert checks.clock({}, unknown, 0, 1) is None


def test_gpus() -> None:
    with_gpu = facts(nvidia_smi=True, gpus=[H100])
    assert checks.gpus(INFO, with_gpu).message == "0: H100, 3GB of 80GB in use"
    assert "nvidia-container-toolkit" in checks.runtimes(INFO, with_gpu).message
    assert checks.runtimes({**INFO, "Runtimes": {"nvidia": {}, "runc": {}}}, with_gpu).status == "ok"
    assert (
        checks.runtimes({**INFO, "DiscoveredDevices": [{"Source": "cdi", "ID": "nvidia.com/gpu=0"}]}, with_gpu).status
        == "ok"
    )
    broken = checks.gpus(INFO, facts(nvidia_smi=True, nvidia_problem="Failed to initialize NVML"))
    assert broken.failed
    assert "Failed to initialize NVML" in broken.message
    assert "no nvidia-smi" in checks.gpus(INFO, facts()).message


def test_rsync() -> None:
    assert checks.rsync(facts()).message == "rsync version 3.2.7"
    missing = checks.rsync(facts(rsync=""))
    assert missing.status == "warn"
    assert "install rsync" in missing.message


def test_a_socket_that_may_not_be_used() -> None:
    """On a host it was seen; here nobody knows whether it is the socket or a folder."""
    here = PermissionDenied("this user may not use the socket")
    assert [(step.step, step.status) for step in steps(here, [], None)] == [("permission", "FAIL")]
    there = PermissionDenied("ml may not use the socket", details={"socket": "/run/docker.sock"})
    assert [(step.step, step.status) for step in steps(there, [], None)] == [("engine", "ok"), ("permission", "FAIL")]


def test_what_ssh_says(tmp_path: Path) -> None:
    key = tmp_path / "id"
    key.touch()
    lines = ["hostname a", "port 2222", "user me", f"identityfile {key}", "identityfile /nowhere", "proxyjump b,c"]
    host = parse("\n".join([*lines, "connecttimeout 3", "addressfamily inet6"]))
    assert (host.hostname, host.port, host.user, host.identities) == ("a", 2222, "me", (str(key),))
    assert (host.jumps, host.connect_timeout, host.family) == (("b", "c"), 3.0, "inet6")
    plain = parse("hostname a\nport 22\nuser me\nconnecttimeout none\nproxycommand none\n")
    assert (plain.jumps, plain.proxy_command, plain.connect_timeout) == ((), "", None)
