"""All about one container."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .container_views import Container
from .documents import public


@public
@dataclass(frozen=True)
class ContainerConfig:
    """What a container runs, with what its image says."""

    command: tuple[str, ...]
    entrypoint: tuple[str, ...]
    env: dict[str, str] = field(hash=False, repr=False)  # its values may be secrets
    working_dir: str  # "" means /
    user: str  # "" means root
    hostname: str
    tty: bool
    open_stdin: bool
    stop_signal: str | None  # None means SIGTERM
    stop_timeout: int | None  # seconds; None means the engine's default


@public
@dataclass(frozen=True)
class ContainerHostConfig:
    """What a container may use of its host. A limit is None where there is none."""

    network_mode: str
    restart_policy: str  # "no", "always", "on-failure", "unless-stopped"
    restart_retries: int  # of on-failure; 0 means no limit
    auto_remove: bool
    privileged: bool
    read_only: bool
    init: bool | None  # None means the engine's default
    memory: int | None  # bytes
    cpus: float | None
    pids_limit: int | None
    shm_size: int  # bytes
    binds: tuple[str, ...]
    cap_add: tuple[str, ...]
    cap_drop: tuple[str, ...]
    security_opt: tuple[str, ...]
    pid_mode: str
    ipc_mode: str
    runtime: str
    log_driver: str


@public
@dataclass(frozen=True)
class ContainerDetails(Container):
    """One container, with more than a list says. ``status`` is the same as ``state``."""

    pid: int | None  # on the host; None while it does not run
    exit_code: int  # of its last end; 0 while it runs, and before its first start
    oom_killed: bool
    error: str  # why it could not start; "" if it could
    started_at: datetime | None  # None before its first start
    finished_at: datetime | None  # of its last end
    restart_count: int  # by its restart policy
    config: ContainerConfig
    host_config: ContainerHostConfig
