"""The engines' programs: Debian's docker.io, and the current ones from source."""

from __future__ import annotations

import functools
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import apt, golang, versions
from .cached import made


@dataclass(frozen=True)
class Engine:
    """Folders that hold dockerd, docker-proxy, docker-init, containerd, its shim and runc; searched in order."""

    path: tuple[Path, ...]

    def find(self, program: str) -> str:
        return shutil.which(program, path=":".join(map(str, self.path))) or program

    def environ(self) -> dict[str, str]:
        """Return a daemon's environment: its own programs first, and no settings from the user's shell."""
        system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        own = ":".join(map(str, self.path))
        return {"PATH": f"{own}:{system}", "HOME": "/root", "LANG": "C.UTF-8"}


@functools.cache
def old() -> Engine:
    """Return Debian's engine, unpacked beside the system's: installing it could replace the user's own."""
    apt.need("libdevmapper1.02.1", "libseccomp2", "libsystemd0", "iptables", "iproute2", "openssl", "ca-certificates")
    version = apt.candidate("docker.io").replace("+", "_")
    packages = ("docker.io", "containerd", "runc", "tini")
    target = made(f"docker.io-{version}", lambda partial: apt.extract(partial, *packages))
    return Engine(tuple(target / p for p in ("usr/sbin", "usr/bin")))


@functools.cache
def new() -> Engine:
    """Return the current engine; docker-init is Debian's tini."""
    apt.need("gcc", "libc6-dev", "pkg-config", "libseccomp-dev", "iptables", "iproute2", "openssl",
             "ca-certificates", "tini")  # fmt: skip
    moby = "github.com/moby/moby/v2/cmd/"
    dockerd = golang.install(
        f"dockerd-{versions.MOBY}",
        [f"{moby}dockerd@{versions.MOBY}", f"{moby}docker-proxy@{versions.MOBY}"],
        ldflags=f"-X github.com/moby/moby/v2/dockerversion.Version={versions.MOBY.removeprefix('v')}",
    )
    command = "github.com/containerd/containerd/v2/cmd/"
    containerd = golang.install(
        f"containerd-{versions.CONTAINERD}",
        [f"{command}containerd@{versions.CONTAINERD}", f"{command}containerd-shim-runc-v2@{versions.CONTAINERD}"],
        tags="no_btrfs",
        cgo=False,
    )
    runc = golang.build_module(
        f"runc-{versions.RUNC}", f"github.com/opencontainers/runc@{versions.RUNC}", ".", tags="seccomp"
    )

    def link(partial: Path) -> None:
        partial.mkdir()
        (partial / "runc").symlink_to(runc)
        (partial / "docker-init").symlink_to("/usr/bin/tini-static")

    return Engine((dockerd, containerd, made(f"links-{versions.RUNC}", link)))


def docker_cli() -> Path:
    """Return the docker command, in the version that the project's own parser comes from."""
    version = versions.DOCKER_CLI.removeprefix("v").partition("+")[0]
    return golang.build_module(
        f"docker-v{version}", f"github.com/docker/cli@{versions.DOCKER_CLI}", "github.com/docker/cli/cmd/docker",
        ldflags=f"-X github.com/docker/cli/cli/version.Version={version}", cgo=False,
    )  # fmt: skip


def docker_buildx() -> Path:
    """Return a folder for DOCKER_CONFIG in which docker's command finds the buildx plugin."""
    name, module = f"buildx-{versions.DOCKER_BUILDX}", "github.com/docker/buildx"
    program = golang.build_module(name, f"{module}@{versions.DOCKER_BUILDX}", f"{module}/cmd/buildx", cgo=False)

    def link(partial: Path) -> None:
        plugins = partial / "cli-plugins"
        plugins.mkdir(parents=True)
        (plugins / "docker-buildx").symlink_to(program)

    return made(f"docker-{name}", link)


def toxiproxy() -> Path:
    """Return toxiproxy's server."""
    package = f"github.com/Shopify/toxiproxy/v2/cmd/server@{versions.TOXIPROXY}"
    return golang.install(f"toxiproxy-{versions.TOXIPROXY}", [package], cgo=False) / "server"
