"""sshd on 127.0.0.1, in the variants found on remote hosts."""

from __future__ import annotations

import shutil
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import apt, net, process, sshkeys, sshusers, state
from .log import say
from .part import Part
from .paths import part_dir, repo_root, run_dir
from .state import Entry

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
KINDS = ("ed25519", "ecdsa", "rsa")


@dataclass(frozen=True)
class Variant:
    """How an sshd differs from the plain one."""

    options: tuple[str, ...] = ()
    environment: Callable[[], dict[str, str]] = dict
    certificates: bool = False
    with_docker: bool = True
    # The login files of this machine's root count. Elsewhere they do not: they may be slow, and
    # what they hold may not survive that tests kill a shell in the middle of them.
    login_files: bool = False
    # The engine whose machine it is: in its network, where the addresses of containers lead to them.
    beside: str = ""


def engine_new_environment() -> dict[str, str]:
    """Return the environment of a remote user who exports DOCKER_HOST."""
    return {"DOCKER_HOST": f"unix://{part_dir('engine-new') / 'docker.sock'}"}


class Sshd(Part):
    requires: tuple[str, ...] = ("docker-cli",)

    def __init__(self, name: str, variant: Variant | None = None) -> None:
        super().__init__(name)
        self._variant = variant or Variant()
        if self._variant.beside:
            self.requires = (*self.requires, self._variant.beside)

    @property
    def _host(self) -> str:
        return net.address_inside(self._variant.beside) if self._variant.beside else "127.0.0.1"

    def up(self, parts: dict[str, Entry]) -> Entry:
        # And what adds a user where another part installs it: with a new /etc/passwd, a host that runs loses its own.
        apt.need("openssh-server", "openssh-client", "rsync", "docker-registry", *sshusers.PACKAGES)
        folder = self.make_folder()
        shared = sshkeys.ensure()
        install_docker(Path(parts["docker-cli"]["path"]))
        sshusers.write(folder / "etc", folder / "home")
        port = _free_port()
        (folder / "port").write_text(str(port))
        for kind in KINDS:
            sshkeys.make_key(folder / f"host_{kind}", kind)
        self._write_config(port)
        key = shared / ("id_certified" if self._variant.certificates else "id_ed25519")
        entry: Entry = {
            **description(folder, self._host, port), "key": str(key),
            "alias": self.name.replace("sshd", "mlng", 1), "launcher": self._launcher(),
        }  # fmt: skip
        if self._variant.certificates:
            entry["certificate"] = str(shared / "id_certified-cert.pub")
            entry["host_ca"] = str(shared / "host_ca.pub")
        entry.update(self.start())
        sshkeys.write_client_files({**parts, self.name: entry})
        return entry

    def start(self) -> Entry:
        port = int((self.folder / "port").read_text())
        pid = process.recorded(self.folder / "sshd.pid")
        if not pid:
            say(f"starting {self.name}")
            sshd = ["/usr/sbin/sshd", "-D", "-e", "-f", str(self.folder / "sshd_config")]
            pid = process.spawn([*self._launcher(), *sshd], folder=self.folder, name="sshd")
        process.wait_ready(pid, lambda: greets(self._host, port), what=self.name, log=self.folder / "sshd.log")
        return {"pid": pid}

    def _launcher(self) -> list[str]:
        """Return the words that run a following command on a host of its own."""
        script = repo_root() / "testbed" / "host.sh"
        namespace = ["unshare", "--mount", "--propagation", "slave"]
        beside = self._variant.beside
        network = ["nsenter", f"--net={net.NETNS / net.netns(beside)}"] if beside else []
        return [*network, *namespace, "sh", str(script), str(run_dir()), str(self.folder / "etc")]

    def healthy(self, entry: Entry) -> bool:
        return bool(process.recorded(self.folder / "sshd.pid")) and greets(entry["host"], entry["port"])

    def stop(self, gently: bool) -> None:
        """End the listener and all its connections, like a host that goes down."""
        end(self.folder, gently=gently)

    def down(self) -> None:
        self.stop(gently=False)
        shutil.rmtree(self.folder, ignore_errors=True)
        sshkeys.write_client_files({name: e for name, e in state.load().items() if name != self.name})

    def _write_config(self, port: int) -> None:
        shared = sshkeys.folder()
        path = f"{shared / 'bin'}:{SYSTEM_PATH}" if self._variant.with_docker else str(_tools_without_docker())
        environment = {"PATH": path, **self._variant.environment()}
        if not self._variant.login_files:
            home = self.folder / "root"
            home.mkdir(exist_ok=True)
            environment["HOME"] = str(home)
        lines = [*config(self.folder, self._host, port, environment), *self._variant.options]
        if self._variant.certificates:
            certificate = sshkeys.certify_host(self.folder / "host_ed25519.pub")
            lines += [f"HostCertificate {certificate}", f"TrustedUserCAKeys {shared / 'user_ca.pub'}"]
            lines += ["AuthorizedKeysFile none"]
        else:
            lines += [f"AuthorizedKeysFile {shared / 'authorized_keys'}"]
        (self.folder / "sshd_config").write_text("\n".join(lines) + "\n")


def description(folder: Path, host: str, port: int) -> Entry:
    """Return what the state says of any sshd, whose host keys are in the folder."""
    shared = sshkeys.folder()
    public = [path for kind in KINDS if (path := folder / f"host_{kind}.pub").exists()]
    return {
        "kind": "sshd", "host": host, "port": port, "user": "root", "key": str(shared / "id_ed25519"),
        "keys": {kind: str(shared / f"id_{kind}") for kind in (*KINDS, "encrypted", "stranger", "certified")},
        "passphrase": sshkeys.PASSPHRASE,
        "known_hosts": str(shared / "known_hosts"), "ssh_config": str(shared / "config"),
        "host_keys": [str(p) for p in public],
        "fingerprints": {p.read_text().split()[0]: sshkeys.fingerprint(p) for p in public},
        "log": str(folder / "sshd.log"),
    }  # fmt: skip


def config(folder: Path, host: str, port: int, environment: dict[str, str]) -> list[str]:
    """Return the lines of sshd_config that every sshd has, with the host keys that are in the folder."""
    return [
        f"Port {port}",
        f"ListenAddress {host}",
        "PidFile none",
        "UsePAM no",
        "StrictModes no",
        "PermitRootLogin prohibit-password",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "LogLevel VERBOSE",
        "Subsystem sftp internal-sftp",
        "SetEnv " + " ".join(f"{name}={value}" for name, value in environment.items()),
        *(f"HostKey {folder / f'host_{kind}'}" for kind in KINDS if (folder / f"host_{kind}").exists()),
    ]


def end(folder: Path, *, gently: bool) -> None:
    """End an sshd and all its connections."""
    pid = process.recorded(folder / "sshd.pid")
    connections = process.descendants(pid) if pid else []
    process.end(folder / "sshd.pid", gently=gently)
    process.signal_all(connections, signal.SIGTERM if gently else signal.SIGKILL)
    if gently and not process.wait_until(lambda: not any(map(process.alive, connections)), 5):
        process.signal_all(connections, signal.SIGKILL)


def greets(host: str, port: int) -> bool:
    """Return whether an SSH server answers at the address."""
    try:
        with socket.create_connection((host, port), timeout=5) as conn:
            return conn.recv(4) == b"SSH-"
    except OSError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _tools_without_docker() -> Path:
    """Return a PATH with the system's programs except docker and rsync."""
    tools = sshkeys.folder() / "tools"
    if not tools.exists():
        tools.mkdir()
        for program in (p for folder in map(Path, SYSTEM_PATH.split(":")) if folder.is_dir() for p in folder.iterdir()):
            link = tools / program.name
            if not program.name.startswith(("docker", "rsync")) and not link.is_symlink():
                link.symlink_to(program)
    return tools


def install_docker(program: Path) -> None:
    """Make a copy that every user may run: the cache may be in a folder that only its owner may enter."""
    target = sshkeys.folder() / "bin" / "docker"
    if not target.exists():
        shutil.copyfile(program, target)
        target.chmod(0o755)
