"""What the host and its engine say about themselves."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ... import __version__
from ..._results.gpus import gpus_of_engine
from ..printing.output import size
from .step import FAIL, OK, WARN, Step

if TYPE_CHECKING:
    from ..._wire.generated.system import GPU, HostFactsResult

LEAST_FREE = 5_000_000_000  # bytes
LEAST_SHARE = 0.05
MOST_DIFFERENCE = 30  # seconds


def versions(version: dict[str, Any]) -> Step:
    """Return the step about versions."""
    engine = " ".join(str(version.get(name) or "") for name in ("Version", "Os", "Arch"))
    api = f"API {version.get('ApiVersion')} (from {version.get('MinAPIVersion')} on)"
    return Step("versions", OK, f"ml-nexus-go {__version__}, engine {engine.strip()}, {api}")


def forwarding(facts: HostFactsResult) -> Step:
    """Return the step about how streams get to the engine over SSH."""
    if not facts["engine_command"]:
        return Step("forwarding", OK, "sshd forwards to the engine's socket")
    message = (
        f"sshd does not forward to the engine's socket. It works nevertheless, through `{facts['engine_command']}`, "
        "but each stream takes a session: set AllowStreamLocalForwarding yes in the host's sshd_config"
    )
    return Step("forwarding", WARN, message)


def storage(info: dict[str, Any] | None, facts: HostFactsResult) -> Step:
    """Return the step about the engine's disk; without an engine, about the host's root."""
    place = str(info.get("DockerRootDir") or "/") if info else "/"
    driver = f"{info.get('Driver')} at {place}" if info else place
    free, total = facts["disk_free"], facts["disk_total"]
    if not total:
        return Step("storage", OK, f"{driver}, the free space is not known")
    message = f"{driver}, {size(free)} of {size(total)} are free"
    if free >= LEAST_FREE and free >= LEAST_SHARE * total:
        return Step("storage", OK, message)
    full = "the disk is full" if not free else "the disk is nearly full"
    return Step("storage", WARN, f"{full}: {message}. Make room there: docker system df, docker system prune")


def clock(info: dict[str, Any] | None, facts: HostFactsResult, asked: float, answered: float) -> Step | None:
    """Return the step about the host's clock, which was asked between two Unix times; None if it is not known."""
    theirs = float(facts["clock"]) if facts["reached"] else _system_time(info)
    if theirs is None:
        return None
    ahead = max(theirs - answered, 0.0) or min(theirs + 1 - asked, 0.0)  # theirs has whole seconds
    if abs(ahead) <= MOST_DIFFERENCE:
        return Step("clock", OK, "as this machine's")
    message = (
        f"the host's clock is {_duration(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} this machine's: "
        "logins at registries and times of files and logs go wrong. Let both follow NTP (timedatectl set-ntp true)"
    )
    return Step("clock", WARN, message)


def _system_time(info: dict[str, Any] | None) -> float | None:
    text = str((info or {}).get("SystemTime") or "")
    try:
        return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None


def _duration(seconds: float) -> str:
    for unit, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds:.0f} s"


def rsync(facts: HostFactsResult) -> Step:
    """Return the step about rsync on a host that SSH leads to."""
    if facts["rsync"]:
        return Step("rsync", OK, " ".join(facts["rsync"].split()[:3]))
    return Step("rsync", WARN, "syncs go over SFTP, by whole files: install rsync 3.2 or later on the host")


def runtimes(info: dict[str, Any], facts: HostFactsResult) -> Step:
    """Return the step about the engine's runtimes."""
    names = ", ".join(sorted(info.get("Runtimes") or {})) or "none"
    message = f"{names}; the default is {info.get('DefaultRuntime')}"
    if facts["gpus"] and "nvidia" not in (info.get("Runtimes") or {}) and not gpus_of_engine(info):
        missing = "the engine cannot give the host's GPUs to containers: install nvidia-container-toolkit there"
        return Step("runtimes", WARN, f"{missing}, and restart the engine ({message})")
    return Step("runtimes", OK, message)


def gpus(info: dict[str, Any] | None, facts: HostFactsResult) -> Step:
    """Return the step about GPUs."""
    if facts["nvidia_problem"]:
        message = f"nvidia-smi fails: {facts['nvidia_problem']}. Restart the host, or install its NVIDIA driver anew"
        return Step("gpus", FAIL, message)
    if facts["nvidia_smi"]:
        return Step("gpus", OK, "; ".join(map(_gpu, facts["gpus"])) or "none: nvidia-smi lists no GPU")
    if found := gpus_of_engine(info or {}):
        return Step("gpus", OK, ", ".join(one.device for one in found))
    if facts["reached"]:
        return Step("gpus", OK, "none: the host has no nvidia-smi")
    return Step("gpus", OK, "none that the engine knows of")


def _gpu(one: GPU) -> str:
    return f"{one['index']}: {one['name']}, {size(one['memory_used'])} of {size(one['memory_total'])} in use"
