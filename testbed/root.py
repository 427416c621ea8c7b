"""The testbed needs root: it mounts, makes network namespaces and starts engines."""

from __future__ import annotations

import os
import subprocess
import sys

from .errors import TestbedError
from .paths import cache_dir, repo_root, run_dir

_KEPT = ("PATH", "GOPROXY", "GOFLAGS", "GONOSUMDB", "GOSUMDB", "GOTOOLCHAIN", "GOCACHE", "GOMODCACHE", "GOPATH",
         "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy", "https_proxy", "no_proxy",
         "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")  # fmt: skip


def is_root() -> bool:
    return os.geteuid() == 0


def command(arguments: list[str]) -> list[str]:
    """Return the command line that runs the testbed as root, with the caller's directories."""
    python = [sys.executable, "-m", "testbed", *arguments]
    if is_root():
        return python
    probe = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False) if _has_sudo() else None
    if probe is None or probe.returncode != 0:
        raise TestbedError("the testbed needs root: run it as root, or allow sudo without a password")
    kept = [f"{name}={os.environ[name]}" for name in _KEPT if name in os.environ]
    own = [f"MLNG_TESTBED_DIR={run_dir()}", f"XDG_CACHE_HOME={cache_dir().parent.parent}", f"PYTHONPATH={repo_root()}"]
    return ["sudo", "-n", "env", *kept, *own, *python]


def _has_sudo() -> bool:
    return any(os.access(os.path.join(p, "sudo"), os.X_OK) for p in os.get_exec_path())
