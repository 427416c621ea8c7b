"""Every part, by name, in starting order."""

from __future__ import annotations

from . import binaries
from .docker_cli import DockerBuildx, DockerCli
from .engine import Engine
from .errors import TestbedError
from .fleet.swarm import Fleet
from .image_debian import ImageDebian
from .part import Part
from .registry import Registry
from .sshd import Sshd, Variant, engine_new_environment
from .state import Entry
from .toxiproxy import Toxiproxy

_ALL: tuple[Part, ...] = (
    DockerCli("docker-cli"),
    DockerBuildx("docker-buildx"),
    Engine("engine-old", 2, binaries.old, new=False),
    Engine("engine-new", 3, binaries.new, new=True),
    Engine("engine-live", 4, binaries.new, new=True, live_restore=True),
    Engine("engine-victim", 5, binaries.new, new=True),
    Engine("engine-old2", 6, binaries.old, new=False),
    Engine("engine-gpu", 7, binaries.new, new=True, gpus=True),
    Engine("engine-old-live", 8, binaries.old, new=False, live_restore=True, own_disk=True),
    Engine("engine-new-live", 9, binaries.new, new=True, live_restore=True, own_disk=True),
    Sshd("sshd"),
    Sshd("sshd-noforward", Variant(("AllowStreamLocalForwarding no",))),
    Sshd("sshd-jump", Variant(("AllowStreamLocalForwarding no", "PermitTTY no"), with_docker=False)),
    Sshd("sshd-ca", Variant(certificates=True)),
    Sshd("sshd-env", Variant(environment=engine_new_environment)),
    Sshd("sshd-beside", Variant(environment=engine_new_environment, beside="engine-new")),
    Sshd("sshd-beside-old", Variant(beside="engine-old")),
    Sshd("sshd-login", Variant(environment=engine_new_environment, login_files=True)),
    Sshd("sshd-nodocker", Variant(("AllowStreamLocalForwarding no",), with_docker=False)),
    Toxiproxy("toxiproxy"),
    ImageDebian("image-debian"),
    Registry("registry", auth=False),
    Registry("registry-auth", auth=True),
    Fleet("fleet-new", 1, binaries.new, new=True),
    Fleet("fleet-old", 2, binaries.old, new=False),
)
PARTS = {part.name: part for part in _ALL}
# For bench/ (buildx takes minutes to build) and chaos/.
_APART = {"docker-buildx", "engine-gpu", "engine-old-live", "engine-new-live"}


def find(name: str) -> Part:
    try:
        return PARTS[name]
    except KeyError:
        raise TestbedError(f"no part {name!r}; there are: {', '.join(PARTS)}") from None


def running(name: str, parts: dict[str, Entry]) -> tuple[Part, Entry]:
    """Return a running part, or a node of a running fleet, and its entry."""
    for fleet in PARTS.values():
        if isinstance(fleet, Fleet) and fleet.name in parts and name in fleet.nodes:
            entry = next(node for node in parts[fleet.name]["nodes"] if node["name"] == name)
            return fleet.nodes[name], entry
    part = find(name)
    if name not in parts:
        raise TestbedError(f"{name} is not up: run `python3 -m testbed up {name}` first")
    return part, parts[name]


def ordered(names: set[str]) -> list[Part]:
    """Return the parts and what they require, each after what it requires; "all" is every part that tests use."""
    wanted: set[str] = set()
    waiting = list(names - {"all"} | (PARTS.keys() - _APART if "all" in names else set()))
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting.extend(find(name).requires)
    return [part for part in _ALL if part.name in wanted]
