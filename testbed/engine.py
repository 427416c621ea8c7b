"""A private engine: its own containerd, network namespace, data root, socket and TLS port."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import activate, binaries, cleanup, disk, image_debian, images, net, process, tls
from .errors import TestbedError
from .httpunix import get, pings, request
from .log import say
from .part import Part
from .paths import data_dir, invoking_gid, run_id
from .state import Entry

CONTAINERD_OLD = """\
version = 2
root = "{root}"
state = "{state}"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "{address}"
  gid = {gid}
"""
CONTAINERD_NEW = """\
version = 3
root = "{root}"
state = "{state}"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime",
  "io.containerd.nri.v1.nri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.blockfile",
  "io.containerd.snapshotter.v1.erofs"]
[grpc]
  address = "{address}"
  gid = {gid}
"""


class Engine(Part):
    def __init__(
        self,
        name: str,
        number: int,
        programs: Callable[[], binaries.Engine],
        *,
        new: bool,
        live_restore: bool = False,
        gpus: bool = False,
        own_disk: bool = False,
    ) -> None:
        super().__init__(name)
        self._number = number
        self._programs = programs
        self._new = new
        self._live_restore = live_restore
        self._gpus = gpus
        self._own_disk = own_disk

    @property
    def socket(self) -> Path:
        return self.folder / "docker.sock"

    @property
    def _containerd(self) -> Path:
        return self.folder / "containerd.sock"

    @property
    def _data(self) -> Path:
        return data_dir() / self.name

    @property
    def _disk_file(self) -> Path:
        return data_dir() / f"{self.name}.disk"

    @property
    def _cgroup(self) -> str:
        return f"mlng-{run_id()}-{self.name}"

    def up(self, parts: dict[str, Entry]) -> Entry:
        folder = self.make_folder()
        self._data.mkdir(parents=True, exist_ok=True)
        if self._own_disk:
            disk.mount(self._disk_file, self._data)
        self._write_config(self._programs())
        entry: Entry = {
            "kind": "engine", "host": f"unix://{self.socket}", "socket": str(self.socket),
            "containerd": str(self._containerd), "data": str(self._data),
        }  # fmt: skip
        entry.update(self.start())
        images.load_all(str(self.socket))
        if "image-debian" in parts:
            image_debian.load(str(self.socket))
        entry["log"] = str(folder / "dockerd.log")
        return entry

    def healthy(self, entry: Entry) -> bool:
        running = all(process.recorded(self.folder / f"{name}.pid") for name in ("dockerd", "containerd"))
        return running and pings(str(self.socket))

    def refresh(self) -> None:
        net.make_netns(self.name, self._number)
        images.load_all(str(self.socket))

    def start(self) -> Entry:
        programs = self._programs()
        self._start_containerd(programs)
        pid = self._start_dockerd(programs)
        about = get(str(self.socket), "/version")
        return {
            "pid": pid,
            "version": about["Version"],
            "api": about["ApiVersion"],
            "tcp": {"host": f"tcp://{self._tcp_address()}", "cert_path": str(tls.folder() / "client")},
        }

    def _tcp_address(self) -> str:
        return f"127.0.0.1:{(self.folder / 'tcp-port').read_text()}"

    def _around(self) -> list[str]:
        """Return the words that run a following daemon where the engine lives."""
        return ["nsenter", f"--net={net.make_netns(self.name, self._number)}"]

    def stop(self, gently: bool) -> None:
        process.end(self.folder / "dockerd.pid", gently=gently, seconds=60)

    def down(self) -> None:
        if pings(str(self.socket)):
            self._remove_containers()
        for name in ("dockerd", "containerd"):
            process.end(self.folder / f"{name}.pid")
        process.end_with_argument(str(self._containerd))
        cleanup.end_cgroup(self._cgroup)
        cleanup.unmount_below(self.folder, self._data)
        net.remove_netns(self.name, self._number)
        self._remove_folders()

    def _remove_folders(self) -> None:
        self._disk_file.unlink(missing_ok=True)
        for folder in (self._data, self.folder):
            shutil.rmtree(folder, ignore_errors=True)
            if folder.exists():
                raise TestbedError(f"{self.name}: {folder} cannot be removed completely")
        cleanup.remove_if_empty(data_dir())

    def _remove_containers(self) -> None:
        try:
            for container in get(str(self.socket), "/containers/json?all=1", timeout=60):
                request(str(self.socket), "DELETE", f"/containers/{container['Id']}?force=1&v=1")
        except TestbedError as err:
            # What the engine cannot remove is killed below through its cgroup and unmounted.
            say(f"{self.name}: {err}")

    def _write_config(self, programs: binaries.Engine) -> None:
        template = CONTAINERD_NEW if self._new else CONTAINERD_OLD
        text = template.format(
            root=self._data / "containerd", state=self.folder / "containerd",
            address=self._containerd, gid=invoking_gid(),
        )  # fmt: skip
        (self.folder / "containerd.toml").write_text(text)
        (self.folder / "daemon.json").write_text(json.dumps(self._config(programs), indent=2) + "\n")

    def _config(self, programs: binaries.Engine) -> dict[str, Any]:
        keys = tls.ensure()
        config: dict[str, Any] = {
            "data-root": str(self._data / "docker"),
            "exec-root": str(self.folder / "exec"),
            "pidfile": str(self.folder / "docker.pid"),
            "hosts": [f"unix://{self.socket}", "fd://"],
            "group": str(invoking_gid()),
            "containerd": str(self._containerd),
            "cgroup-parent": f"/{self._cgroup}",
            "exec-opts": ["native.cgroupdriver=cgroupfs"],
            "init-path": programs.find("tini-static") if not self._new else programs.find("docker-init"),
            "userland-proxy-path": programs.find("docker-proxy"),
            "insecure-registries": [f"{net.host_address()}:5000"],
            "live-restore": self._live_restore,
            "shutdown-timeout": 5,
            "tlsverify": True,
            "tlscacert": str(keys / "ca.pem"),
            "tlscert": str(keys / "server.pem"),
            "tlskey": str(keys / "server.key"),
        }
        if self._new:
            config["features"] = {"containerd-snapshotter": True}
        return config

    def _environ(self, programs: binaries.Engine) -> dict[str, str]:
        # The testbed's own registry is trusted without a file in the system's /etc/docker/certs.d.
        environ = {**programs.environ(), "SSL_CERT_DIR": f"/etc/ssl/certs:{tls.folder() / 'trusted'}"}
        if self._gpus:
            environ["PATH"] = f"{self._nvidia_hook()}:{environ['PATH']}"
        return environ

    def _nvidia_hook(self) -> Path:
        """Return a folder with what the engine takes for NVIDIA's hook, which it runs where GPUs are asked for."""
        folder = self.folder / "nvidia"
        folder.mkdir(exist_ok=True)
        hook = folder / "nvidia-container-runtime-hook"
        hook.write_text("#!/bin/sh\nexit 0\n")
        hook.chmod(0o755)
        return folder

    def _start_containerd(self, programs: binaries.Engine) -> None:
        if process.recorded(self.folder / "containerd.pid"):
            return
        self._containerd.unlink(missing_ok=True)
        pid = process.spawn(
            [*self._around(), programs.find("containerd"), "-c", str(self.folder / "containerd.toml")],
            folder=self.folder, name="containerd", env=self._environ(programs),
        )  # fmt: skip
        process.wait_ready(
            pid, lambda: accepts(self._containerd), what=f"{self.name}'s containerd", log=self.folder / "containerd.log"
        )

    def _start_dockerd(self, programs: binaries.Engine) -> int:
        running = process.recorded(self.folder / "dockerd.pid")
        if running and pings(str(self.socket)):
            return running
        process.end(self.folder / "dockerd.pid")
        (self.folder / "docker.pid").unlink(missing_ok=True)
        say(f"starting {self.name}")
        command = [programs.find("dockerd"), "--config-file", str(self.folder / "daemon.json")]
        pid = self._spawn_dockerd(command, self._environ(programs))
        process.wait_ready(pid, lambda: pings(str(self.socket)), what=self.name, log=self.folder / "dockerd.log")
        os.chmod(self.socket, 0o660)
        return pid

    def _spawn_dockerd(self, command: list[str], environ: dict[str, str]) -> int:
        port_file = self.folder / "tcp-port"
        port = int(port_file.read_text()) if port_file.exists() else 0
        # A socket stays in the namespace it was made in: the engine, in its own namespace,
        # takes over a listener at the host's loopback (systemd's socket activation).
        with socket.create_server(("127.0.0.1", port)) as listener:
            port_file.write_text(str(listener.getsockname()[1]))
            return process.spawn(
                [*self._around(), sys.executable, "-I", activate.__file__, str(listener.fileno()), *command],
                folder=self.folder, name="dockerd", env=environ, keep_fds=[listener.fileno()],
            )  # fmt: skip


def accepts(path: Path) -> bool:
    """Return whether somebody listens at a unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
