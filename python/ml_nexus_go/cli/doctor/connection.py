"""SSH and the engine: the client's own errors, by the step that they are about."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ... import AuthenticationFailed, DockerError, HostKeyChanged, HostKeyUnknown, InvalidArgument, PermissionDenied
from .ssh_config import SSHHost
from .step import OK, WARN, Step, failure_of

_HOST_KEY, _LOGIN, _ENGINE, _PERMISSION = "host key", "login", "engine", "permission"


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextmanager
def warnings_of_client() -> Iterator[list[str]]:
    """Collect what the client warns about: keys that others may read, host keys that it has added."""
    logger, collector = logging.getLogger("ml_nexus_go"), _Collector()
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(collector)
    try:
        yield collector.messages
    finally:
        logger.removeHandler(collector)
        logger.propagate = propagates


def logged_in(error: DockerError | None) -> bool:
    """Report whether the host was reached, and let the client in."""
    if isinstance(error, (AuthenticationFailed, HostKeyChanged, HostKeyUnknown, InvalidArgument)):
        return False
    return error is None or not error.details.get("before_login")


def steps(error: DockerError | None, warnings: list[str], host: SSHHost | None) -> Iterator[Step]:
    """Yield the steps from the host key to the engine, up to the one that failed."""
    for warning in warnings:
        yield Step("client", WARN, warning)
    if host is not None:
        yield from _login(error, host)
    elif isinstance(error, AuthenticationFailed):
        yield failure_of(_LOGIN, error)
    if logged_in(error):
        yield from _engine(error)


def _login(error: DockerError | None, host: SSHHost) -> Iterator[Step]:
    if isinstance(error, (HostKeyChanged, HostKeyUnknown)):
        yield failure_of(_HOST_KEY, error)
    elif isinstance(error, AuthenticationFailed):
        if not host.jumps:  # it may be the jump host that refuses
            yield Step(_HOST_KEY, OK, f"that of {host.hostname} is accepted")
        yield failure_of(_LOGIN, error)
    elif error is not None and not logged_in(error):
        yield failure_of("ssh", error)
    else:
        yield Step(_HOST_KEY, OK, f"that of {host.hostname} is accepted")
        yield Step(_LOGIN, OK, f"as {host.user}")


def _engine(error: DockerError | None) -> Iterator[Step]:
    if isinstance(error, PermissionDenied):
        if socket := error.details.get("socket"):
            yield Step(_ENGINE, OK, f"the socket {socket} is there")
        yield failure_of(_PERMISSION, error)
    elif error is not None:
        yield failure_of(_ENGINE, error)
    else:
        yield Step(_ENGINE, OK, "answers")
        yield Step(_PERMISSION, OK, "this user may use it")
