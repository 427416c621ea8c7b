"""A throw-away certificate authority, kept in the run directory."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from .net import host_address
from .paths import run_dir
from .process import run


def folder() -> Path:
    return run_dir() / "tls"


def _sign(name: str, usage: str, address: str = "") -> None:
    base = folder()
    key, request, cert, ext = (str(base / f"{name}.{end}") for end in ("key", "csr", "pem", "ext"))
    names = f"DNS:localhost,IP:127.0.0.1,IP:{address or host_address()}"
    Path(ext).write_text(f"subjectAltName={names}\nextendedKeyUsage={usage}\n")
    run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", f"/CN=mlng-{name}", "-keyout", key, "-out", request])  # fmt: skip
    # A number of its own: a file with the next one would be shared by hosts that are made at once.
    run(["openssl", "x509", "-req", "-in", request, "-CA", str(base / "ca.pem"), "-CAkey", str(base / "ca.key"),
         "-set_serial", str(random.getrandbits(63)), "-days", "3650", "-extfile", ext, "-out", cert])  # fmt: skip


def ensure_host(name: str, address: str) -> tuple[Path, Path]:
    """Make a server's certificate and key for one more address; return their paths."""
    cert, key = ensure() / f"{name}.pem", folder() / f"{name}.key"
    _sign(name, "serverAuth", address)
    return cert, key


def ensure() -> Path:
    """Make ca.pem, server.pem, server.key, trusted/ for SSL_CERT_DIR and client/ for DOCKER_CERT_PATH."""
    base = folder()
    if (base / "client" / "key.pem").exists():
        return base
    shutil.rmtree(base, ignore_errors=True)
    (base / "client").mkdir(parents=True)
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", "/CN=mlng-testbed", "-days", "3650", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
         "-keyout", str(base / "ca.key"), "-out", str(base / "ca.pem")])  # fmt: skip
    _sign("server", "serverAuth")
    _sign("client", "clientAuth")
    (base / "trusted").mkdir()
    shutil.copy(base / "ca.pem", base / "trusted" / "testbed.pem")
    shutil.copy(base / "ca.pem", base / "client" / "ca.pem")
    shutil.copy(base / "client.pem", base / "client" / "cert.pem")
    shutil.copy(base / "client.key", base / "client" / "key.pem")
    for private in base.rglob("*key*"):
        private.chmod(0o644)  # throw-away, and read by whoever runs the tests
    return base
