"""connect() of the blocking client."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from .._clients.connect import TLSConfig
from .._clients.connect import connect as connect_async
from ._arguments import asked
from .generated import DockerClient

PassphraseCallback = Callable[[str], str | None]


def connect(
    target: str | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    connect_timeout: float = 10.0,
    reconnect_timeout: float = 60.0,
    tls: TLSConfig | None = None,
    ssh_config: str | os.PathLike[str] | None = None,
    ssh_passphrases: Mapping[str, str] | None = None,
    passphrase: PassphraseCallback | None = None,
    dead_peer_timeout: float = 15.0,
    host_files: str = "auto",
    signal_as_root: bool = False,
    nodes: Mapping[str, str] | None = None,
) -> DockerClient:
    """Return a blocking client for a target at once; it connects on first use.

    The parameters are those of ml_nexus_go.connect. ``passphrase`` is called on the thread of
    the call that needs it.
    """
    return DockerClient(
        connect_async(
            target,
            environ=environ,
            connect_timeout=connect_timeout,
            reconnect_timeout=reconnect_timeout,
            tls=tls,
            ssh_config=ssh_config,
            ssh_passphrases=ssh_passphrases,
            passphrase=asked(passphrase),
            dead_peer_timeout=dead_peer_timeout,
            host_files=host_files,
            signal_as_root=signal_as_root,
            nodes=nodes,
        )
    )
