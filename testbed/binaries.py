"""The engines' programs: Debian's docker.io, and the current ones from source."""

from __future__ import annotations

import functools
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import apt, golang, versions
from .paths import cache_dir


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
    target = cache_dir() / f"docker.io-{version}"
    if not target.exists():
        partial = target.with_name(f"{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        apt.extract(partial, "docker.io", "containerd", "runc", "tini")
        partial.rename(target)
    return Engine(tuple(target / p for p in ("usr/sbin", "usr/bin")))


@functools.cache
def new() -> Engine:
    """Return the current engine; docker-init is Debian's tini."""
    apt.need("gcc", "libc6-dev", "pkg-config", "libseccomp-dev", "iptables", "iproute2", "openssl",
             "ca-certificates", "tini")  # fmt: skip
    cache = cache_dir()
    moby = "github.com/moby/moby/v2/cmd/"
    dockerd = cache / f"dockerd-{versions.MOBY}"
    golang.install(
        dockerd,
        [f"{moby}dockerd@{versions.MOBY}", f"{moby}docker-proxy@{versions.MOBY}"],
        ldflags=f"-X github.com/moby/moby/v2/dockerversion.Version={versions.MOBY.removeprefix('v')}",
    )
    containerd = cache / f"containerd-{versions.CONTAINERD}"
    command = "github.com/containerd/containerd/v2/cmd/"
    golang.install(
        containerd,
        [f"{command}containerd@{versions.CONTAINERD}", f"{command}containerd-shim-runc-v2@{versions.CONTAINERD}"],
        tags="no_btrfs",
        cgo=False,
    )
    runc = cache / f"runc-{versions.RUNC}"
    golang.build_module(runc, f"github.com/opencontainers/runc@{versions.RUNC}", ".", tags="seccomp")
    links = cache / f"links-{versions.RUNC}"
    links.mkdir(exist_ok=True)
    for name, goal in (("runc", runc), ("docker-init", Path("/usr/bin/tini-static"))):
        if not (links / name).is_symlink():
            os.symlink(goal, links / name)
    return Engine((dockerd, containerd, links))


def docker_cli() -> Path:
    """Return the docker command, in the version that the project's own parser comes from."""
    version = versions.DOCKER_CLI.removeprefix("v").partition("+")[0]
    target = cache_dir() / f"docker-v{version}"
    golang.build_module(
        target, f"github.com/docker/cli@{versions.DOCKER_CLI}", "github.com/docker/cli/cmd/docker",
        ldflags=f"-X github.com/docker/cli/cli/version.Version={version}", cgo=False,
    )  # fmt: skip
    return target


def docker_buildx() -> Path:
    """Return a folder for DOCKER_CONFIG in which docker's command finds the buildx plugin."""
    target = cache_dir() / f"docker-buildx-{versions.DOCKER_BUILDX}"
    program = cache_dir() / f"buildx-{versions.DOCKER_BUILDX}"
    module = "github.com/docker/buildx"
    golang.build_module(program, f"{module}@{versions.DOCKER_BUILDX}", f"{module}/cmd/buildx", cgo=False)
    plugin = target / "cli-plugins" / "docker-buildx"
    if not plugin.is_symlink():
        plugin.parent.mkdir(parents=True, exist_ok=True)
        plugin.symlink_to(program)
    return target


def toxiproxy() -> Path:
    """Return toxiproxy's server."""
    target = cache_dir() / f"toxiproxy-{versions.TOXIPROXY}"
    golang.install(target, [f"github.com/Shopify/toxiproxy/v2/cmd/server@{versions.TOXIPROXY}"], cgo=False)
    return target / "server"
