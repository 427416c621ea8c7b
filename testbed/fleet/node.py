"""One host of a fleet: an engine and an sshd, reached at the host's own address."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import binaries, cleanup, images, process, sshd, sshkeys, sshusers, tls
from ..engine import Engine
from ..paths import repo_root, run_dir
from ..state import Entry
from .net import Network

GPUS = 2
TUNNELS = ("/dev/net/tun",)  # another kind of device
DAEMONS = ("dockerd", "containerd")


class Node(Engine):
    """Its mount namespace begins with containerd, and the engine and sshd join it."""

    def __init__(
        self, name: str, number: int, network: Network, programs: Callable[[], binaries.Engine], *, new: bool
    ) -> None:
        super().__init__(name, number, programs, new=new, gpus=True)
        self._network = network

    @property
    def address(self) -> str:
        return self._network.address(self._number)

    @property
    def _disk(self) -> Path:
        return self._data / "srv"

    def up(self, parts: dict[str, Entry]) -> Entry:
        folder = self.make_folder()
        self._disk.mkdir(parents=True, exist_ok=True)
        (folder / "root").mkdir(exist_ok=True)
        sshusers.write(folder / "etc", folder / "home")
        sshkeys.make_key(folder / "host_ed25519", "ed25519")
        self._network.add_host(self.name, self._number)
        environment = {"PATH": f"{sshkeys.folder() / 'bin'}:{sshd.SYSTEM_PATH}", "HOME": str(folder / "root")}
        lines = [*sshd.config(folder, self.address, 22, environment)]
        lines += [f"AuthorizedKeysFile {sshkeys.folder() / 'authorized_keys'}"]
        (folder / "sshd_config").write_text("\n".join(lines) + "\n")
        entry = super().up(parts)
        entry.update(name=self.name, address=self.address, gpus=self.gpus(), disk=str(self._disk))
        entry["ssh"] = {**sshd.description(folder, self.address, 22), "alias": self.name}
        return entry

    def gpus(self) -> list[str]:
        """Return the names of its GPUs, which look like NVIDIA's."""
        return [f"GPU-{uuid.uuid5(uuid.NAMESPACE_DNS, f'{i}.{self.name}')}" for i in range(GPUS)]

    def healthy(self, entry: Entry) -> bool:
        running = process.recorded(self.folder / "sshd.pid")
        return bool(running) and super().healthy(entry) and sshd.greets(self.address, 22)

    def refresh(self) -> None:
        images.load_all(str(self.socket))

    def start(self) -> Entry:
        self._network.add_host(self.name, self._number)
        self._network.mend(self._number)
        about = super().start()
        if not process.recorded(self.folder / "sshd.pid"):
            command = [*self._around(), "/usr/sbin/sshd", "-D", "-e", "-f", str(self.folder / "sshd_config")]
            pid = process.spawn(command, folder=self.folder, name="sshd")
            address, log = self.address, self.folder / "sshd.log"
            process.wait_ready(pid, lambda: sshd.greets(address, 22), what=f"{self.name}'s sshd", log=log)
        return about

    def control(self, action: str, entry: Entry) -> None:
        match action:
            case "cut":
                self._network.cut(self._number)
            case "mend":
                self._network.mend(self._number)
            case "off":
                self._switch_off()
            case _:
                super().control(action, entry)

    def _switch_off(self) -> None:
        """End everything at once, without a word to anybody, and forget what was only in memory."""
        self._network.cut(self._number)
        sshd.end(self.folder, gently=False)
        for name in DAEMONS:
            process.end(self.folder / f"{name}.pid", gently=False)
        process.end_with_argument(str(self._containerd))
        cleanup.end_cgroup(self._cgroup)
        for name in ("exec", "containerd"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def down(self) -> None:
        self._switch_off()
        cleanup.unmount_below(self.folder, self._data)
        self._network.remove_host(self.name, self._number)
        self._remove_folders()

    def _tcp_address(self) -> str:
        return f"{self.address}:2376"

    def _config(self, programs: binaries.Engine) -> dict[str, Any]:
        config = super()._config(programs)
        cert, key = tls.ensure_host(self.name, self.address)
        config.update({
            "hosts": [f"unix://{self.socket}", f"tcp://{self._tcp_address()}"],
            "tlscert": str(cert),
            "tlskey": str(key),
            "node-generic-resources": [*(f"GPU={gpu}" for gpu in self.gpus()), *(f"TUNNEL={one}" for one in TUNNELS)],
        })  # fmt: skip
        return config

    def _around(self) -> list[str]:
        first = process.recorded(self.folder / "containerd.pid")
        if first:
            return ["nsenter", "--target", str(first), "--net", "--mount", "--uts"]
        scripts = repo_root() / "testbed"
        return [
            "nsenter", f"--net={self._network.add_host(self.name, self._number)}",
            "unshare", "--mount", "--uts", "--propagation", "slave",
            "sh", str(scripts / "host.sh"), str(run_dir()), str(self.folder / "etc"),
            "sh", str(scripts / "fleet" / "node.sh"), self.name, str(self._disk), str(self.socket),
        ]  # fmt: skip

    def _spawn_dockerd(self, command: list[str], environ: dict[str, str]) -> int:
        return process.spawn([*self._around(), *command], folder=self.folder, name="dockerd", env=environ)
