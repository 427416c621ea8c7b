"""Throw-away keys, and what every sshd of the testbed shares: keys, known_hosts, client configuration."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from . import sshusers
from .paths import invoking_gid, invoking_uid, run_dir
from .process import run

PASSPHRASE = "mlng-passphrase"


def folder() -> Path:
    return run_dir() / "ssh"


def make_key(path: Path, kind: str, passphrase: str = "") -> Path:
    """Make a key pair; kind is ed25519, ecdsa or rsa."""
    if not path.exists():
        bits = ["-b", "2048"] if kind == "rsa" else []
        run(["ssh-keygen", "-q", "-t", kind, *bits, "-N", passphrase, "-C", f"mlng-{path.name}", "-f", str(path)])
    return path


def fingerprint(public: Path) -> str:
    """Return SHA256:..., as ssh prints it."""
    return run(["ssh-keygen", "-l", "-f", str(public)]).split()[1]


def _certify(authority: Path, identity: str, names: str, public: Path, *, host: bool) -> Path:
    certificate = public.with_name(public.name.replace(".pub", "-cert.pub"))
    if not certificate.exists():
        kind = ["-h"] if host else []
        run(["ssh-keygen", "-q", "-s", str(authority), "-I", identity, *kind, "-n", names, str(public)])
    return certificate


def certify_host(public: Path) -> Path:
    """Make a host certificate for 127.0.0.1 and localhost."""
    return _certify(folder() / "host_ca", "mlng-host", "127.0.0.1,localhost", public, host=True)


def ensure() -> Path:
    """Make the user's keys (each type, an encrypted one, an unknown one, one with a certificate) and two CAs."""
    base = folder()
    if (base / "complete").exists():
        return base
    shutil.rmtree(base, ignore_errors=True)
    (base / "bin").mkdir(parents=True)
    os.chmod(base, 0o755)
    accepted = [make_key(base / f"id_{kind}", kind) for kind in ("ed25519", "ecdsa", "rsa")]
    accepted.append(make_key(base / "id_encrypted", "ed25519", PASSPHRASE))
    make_key(base / "id_stranger", "ed25519")
    certified = make_key(base / "id_certified", "ed25519")
    make_key(base / "user_ca", "ed25519")
    make_key(base / "host_ca", "ed25519")
    _certify(base / "user_ca", "mlng-user", f"root,{sshusers.NOBODY}", certified.with_suffix(".pub"), host=False)
    (base / "authorized_keys").write_text("".join(k.with_suffix(".pub").read_text() for k in accepted))
    for path in base.glob("id_*"):
        os.chown(path, invoking_uid(), invoking_gid())
    (base / "complete").touch()
    return base


def write_client_files(parts: dict[str, dict[str, Any]]) -> None:
    """Rewrite known_hosts and the client configuration for every sshd among the running parts."""
    base = folder()
    if not base.exists():
        return
    servers = {name: entry for name, entry in parts.items() if entry["kind"] == "sshd"}
    nodes = [node for entry in parts.values() if entry["kind"] == "fleet" for node in entry["nodes"]]
    known, config = [], []
    for node in nodes:
        known += [f"{node['address']} {Path(p).read_text().strip()}" for p in node["ssh"]["host_keys"]]
        config.append(_host(f"{node['name']} {node['address']}", node["ssh"], []))
    for name, entry in servers.items():
        place = f"[{entry['host']}]:{entry['port']}"
        if entry.get("host_ca"):
            known.append(f"@cert-authority {place} {Path(entry['host_ca']).read_text().strip()}")
        else:
            known += [f"{place} {Path(p).read_text().strip()}" for p in entry["host_keys"]]
        alias = name.replace("sshd", "mlng", 1)
        config.append(_host(alias, entry, []))
        for shell in sshusers.SHELLS:
            config.append(_host(f"{alias}-{shell}", {**entry, "user": sshusers.name_of(shell)}, []))
        if name == "sshd":
            config.append(_host("mlng-noperm", {**entry, "user": sshusers.NOBODY}, []))
            if "sshd-jump" in servers:
                config.append(_host("mlng-behind-jump", entry, ["ProxyJump mlng-jump"]))
    (base / "known_hosts").write_text("".join(f"{line}\n" for line in known))
    (base / "config").write_text("\n".join(config))
    for path in (base / "known_hosts", base / "config"):
        os.chown(path, invoking_uid(), invoking_gid())


def _host(alias: str, entry: dict[str, Any], more: list[str]) -> str:
    lines = [
        f"Host {alias}",
        f"  HostName {entry['host']}",
        f"  Port {entry['port']}",
        f"  User {entry['user']}",
        f"  IdentityFile {entry['key']}",
        "  IdentitiesOnly yes",
        f"  UserKnownHostsFile {entry['known_hosts']}",
        "  GlobalKnownHostsFile /dev/null",
        *(f"  {line}" for line in more),
    ]
    return "\n".join(lines) + "\n"
