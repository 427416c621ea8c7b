"""connect(): from a target to a client."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from .._abi import program_end
from .._arguments.checks import seconds, text, text_map
from .._arguments.environ import Environ
from .._errors import InvalidArgument
from .docker_client import DockerClient
from .engine import EngineClient
from .session import new_session, owner
from .target import is_remote
from .unlock import PassphraseCallback

if TYPE_CHECKING:
    from .._wire.generated.registry import OpenRequest

program_end.register()


class TLSConfig(NamedTuple):
    """PEM files for ``tcp://``; they override DOCKER_TLS_VERIFY and DOCKER_CERT_PATH.

    Without ``verify``, any server certificate is accepted.
    """

    ca: str = ""
    cert: str = ""
    key: str = ""
    verify: bool = True


class LocalDockerClient(EngineClient):
    """The engine that docker's command would use, a socket, TCP or a context."""


class RemoteDockerClient(EngineClient):
    """The engine on another machine, over one SSH connection."""


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
    """Return a client for a target at once; it connects on first use.

    | target | means |
    |---|---|
    | None, `""`, `"local"`, `"localhost"`, `"127.0.0.1"` | what docker's command would use |
    | `unix:///path`, `tcp://host:port` | that engine |
    | `ssh://[user@]host[:port][/path]` | the engine (with that socket) over SSH |
    | `context://name` | a docker context |
    | `swarm://[user@]host[:port]` | a fleet: a Docker Swarm, by a manager (or several: `swarm://m1,m2`) over SSH |
    | `swarm+unix:///path`, `swarm+tcp://host:port`, `swarm+context://name` | a fleet, by a manager that is reached so |
    | any other text | an SSH destination: host, user@host, an alias |

    ``environ`` replaces os.environ. Without it, the connection's settings come from os.environ
    as it is now (DOCKER_HOST, SSH_AUTH_SOCK, HOME), and what a call refers to is read at that
    call: ``-e NAME``, ``--env-file``, ``--secret env=NAME``, credential helpers.

    ``connect_timeout`` limits one attempt to reach the engine, ``reconnect_timeout`` how
    long each call waits for a lost connection, ``dead_peer_timeout`` how long a silent SSH
    server counts as alive; all in seconds. ``ssh_config`` replaces the user's and the
    system's; ``ssh_passphrases`` maps key files to passphrases, "" standing for any other;
    ``passphrase`` (plain or a coroutine function) is called with the path of a key that
    needs one, once for each key and client, and returns it, or None to skip the key.

    ``host_files`` says how to reach files on the host: ``"local"`` means that the
    engine's files are this machine's, ``"engine"`` goes through the engine alone (see
    docs/host-files-engine.md), and ``"auto"`` uses the first for a unix socket, SFTP for
    SSH and the second for TCP.

    The container's ``sh`` signals execs, and ends those that are cancelled, with their own
    user's rights. If that is not enough (a process that changed its user, a container without
    ``sh``), ``signal_as_root`` allows a helper container with root's rights, which runs this
    package's own program and sees the container's processes.

    ``nodes`` are the targets of a fleet's nodes, by their names or IDs: ``{"node2": "ssh://gpu2"}``.
    The others are reached as their label ``ml-nexus-go.target`` says, or over SSH at their
    addresses; see docs/fleet.md.

    The class is RemoteDockerClient for an SSH destination, also if DOCKER_HOST or a docker
    context names it, and for a fleet; LocalDockerClient otherwise.

    Raises InvalidArgument for arguments of a wrong type; the first call reports an invalid
    target.
    """
    name = "" if target is None else text(target, "target")
    seen = Environ(environ)
    opened = seen.opened()
    if tls is not None and not isinstance(tls, TLSConfig):
        raise InvalidArgument(f"tls must be a TLSConfig, not {type(tls).__name__}")
    request: OpenRequest = {
        "target": name,
        "environ": opened,
        "connect_timeout": seconds(connect_timeout, "connect_timeout"),
        "reconnect_timeout": seconds(reconnect_timeout, "reconnect_timeout"),
        "session": new_session(),
        "host_files": text(host_files, "host_files"),
        "owner": owner(),
        "signal_as_root": signal_as_root,
        "nodes": text_map(nodes, "nodes"),
        "tls": None if tls is None else {"ca": tls.ca, "cert": tls.cert, "key": tls.key, "verify": tls.verify},
        "ssh": {
            "config_file": None if ssh_config is None else os.path.abspath(os.fspath(ssh_config)),
            "passphrases": None if ssh_passphrases is None else dict(ssh_passphrases),
            "dead_peer": seconds(dead_peer_timeout, "dead_peer_timeout"),
        },
    }
    if nodes and not name.startswith("swarm"):
        raise InvalidArgument("nodes are a fleet's, which has a target such as swarm://HOST")
    if not isinstance(signal_as_root, bool):
        raise InvalidArgument(f"signal_as_root must be a bool, not {type(signal_as_root).__name__}")
    if passphrase is not None and not callable(passphrase):
        raise InvalidArgument(f"passphrase must be a function, not {type(passphrase).__name__}")
    cls = RemoteDockerClient if is_remote(name, opened) else LocalDockerClient
    return cls(request, passphrase, seen)
