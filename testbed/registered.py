"""Every part, by name, in starting order."""

from __future__ import annotations

from . import binaries
from .docker_cli import DockerBuildx, DockerCli
from .engine import Engine
from .errors import TestbedError
from .image_debian import ImageDebian
from .part import Part
from .registry import Registry
from .sshd import Sshd, Variant, engine_new_environment
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
    Sshd("sshd"),
    Sshd("sshd-noforward", Variant(("AllowStreamLocalForwarding no",))),
    Sshd("sshd-jump", Variant(("AllowStreamLocalForwarding no", "PermitTTY no"), with_docker=False)),
    Sshd("sshd-ca", Variant(certificates=True)),
    Sshd("sshd-env", Variant(environment=engine_new_environment)),
    Sshd("sshd-login", Variant(environment=engine_new_environment, login_files=True)),
    Sshd("sshd-nodocker", Variant(("AllowStreamLocalForwarding no",), with_docker=False)),
    Toxiproxy("toxiproxy"),
    ImageDebian("image-debian"),
    Registry("registry", auth=False),
    Registry("registry-auth", auth=True),
)
PARTS = {part.name: part for part in _ALL}
_FOR_BENCH = {"docker-buildx", "engine-gpu"}  # buildx takes minutes to build


def find(name: str) -> Part:
    try:
        return PARTS[name]
    except KeyError:
        raise TestbedError(f"no part {name!r}; there are: {', '.join(PARTS)}") from None


def ordered(names: set[str]) -> list[Part]:
    """Return the parts and what they require, each after what it requires; "all" is every part that tests use."""
    wanted: set[str] = set()
    waiting = list(PARTS.keys() - _FOR_BENCH if "all" in names else names)
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting.extend(find(name).requires)
    return [part for part in _ALL if part.name in wanted]
