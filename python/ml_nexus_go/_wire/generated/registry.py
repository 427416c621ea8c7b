# Written by go run ./tools/wire. Change the Go side instead.
"""What core/registry.go puts into requests, results and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class OpenRequest(TypedDict):
    """OpenRequest is what makes a client."""

    target: str
    environ: dict[str, str]
    # connect_timeout bounds one attempt to reach the engine; 0 means 10.
    connect_timeout: NotRequired[float | None]
    # reconnect_timeout bounds how long a lost connection is retried; 0 means 60.
    reconnect_timeout: NotRequired[float | None]
    # session labels what this client creates: a random text, unique for each client.
    session: NotRequired[str | None]
    # owner says who created it: this process, unless PID is another's.
    owner: Owner
    # host_files says how to reach files on the engine's host: a HostFilesWay, or "".
    host_files: NotRequired[str | None]
    # signal_as_root lets the agent end execs as root if their own user cannot.
    signal_as_root: NotRequired[bool | None]
    # tls settings by keyword; they override DOCKER_TLS_VERIFY and DOCKER_CERT_PATH.
    tls: NotRequired[TLSRequest | None]
    # ssh holds what only the SSH backend reads.
    ssh: NotRequired[SSHRequest | None]
    # nodes are the targets of a fleet's nodes, by their names or IDs. The others are reached as their labels say, or
    # over SSH at their addresses.
    nodes: NotRequired[dict[str, str] | None]


class Owner(TypedDict):
    """Owner describes a client's process for people; core/liveness has what proves its end."""

    host: str
    # 0 is this process
    pid: int
    # Unix seconds, by the machine's clock; 0 means unknown
    start: float


class TLSRequest(TypedDict):
    """TLSRequest names PEM files. Verify false accepts any server certificate."""

    ca: NotRequired[str | None]
    cert: NotRequired[str | None]
    key: NotRequired[str | None]
    verify: bool


class SSHRequest(TypedDict):
    """SSHRequest are the SSH backend's settings beyond the ssh config."""

    # config_file replaces ~/.ssh/config and /etc/ssh/ssh_config, as ssh -F does.
    config_file: NotRequired[str | None]
    # passphrases maps a key file to its passphrase; "" stands for any other key.
    passphrases: NotRequired[dict[str, str] | None]
    # dead_peer is how long a peer may not answer before it counts as dead; 0 means 15.
    dead_peer: NotRequired[float | None]


class ReserveRequest(TypedDict):
    """ReserveRequest asks for resources of one node."""

    # -1 for all of a node
    gpus: NotRequired[int | None]
    cpus: NotRequired[float | None]
    # as docker run takes it: "64g"
    memory: NotRequired[str | None]
    # devices counts those of other kinds, by the names of the nodes' generic resources; -1 for all of a node.
    devices: NotRequired[dict[str, int] | None]
    # constraints are Swarm's: node.labels.disk==ssd, for example.
    constraints: NotRequired[list[str] | None]
    # queue_timeout ends the wait with OperationTimeout; 0 means no limit.
    queue_timeout: NotRequired[float | None]
    # options are those of docker run, for which a place is taken: instead of what is above, but for the limit. What
    # they say of a node (--constraint) is done with, and may be repeated there.
    options: NotRequired[list[str] | None]
    # node is the name or ID of a node, for a client of it that holds nothing.
    node: NotRequired[str | None]
