"""Why an engine cannot be reached, or no longer."""

from __future__ import annotations

from .base import DockerError


class EngineUnreachable(DockerError):
    """No engine answers at the target."""

    kind = "EngineUnreachable"


class ConnectionLost(DockerError):
    """The connection was lost during the operation.

    Idempotent operations are repeated before this is raised. What was read of
    a run or an exec is in ``stdout`` and ``stderr``. ``details`` may have ``exec_id`` (of
    an exec), ``container_id`` (of a run) and ``exit_code`` (if the end is known).
    """

    kind = "ConnectionLost"

    @property
    def may_still_run(self) -> bool:
        """Whether the process may still run: the engine could not be asked to end it, or it was left alone."""
        return bool(self.details.get("may_still_run"))


class NodeLost(ConnectionLost):
    """A node of a fleet died or was cut off during the operation, and Swarm calls it down.

    What was read of a run or an exec is in ``stdout`` and ``stderr``. What ran there may
    still run, if the node was only cut off; it can be asked for once the node is back.
    """

    kind = "NodeLost"

    @property
    def node(self) -> str:
        """The node's name."""
        return str(self.details.get("node", ""))

    @property
    def container_id(self) -> str:
        """The container's ID, if the operation was a run; else ""."""
        return str(self.details.get("container_id", ""))


class AuthenticationFailed(DockerError):
    """The SSH server or the engine accepts none of the keys offered."""

    kind = "AuthenticationFailed"


class HostKeyUnknown(DockerError):
    """No known_hosts file has the key of this SSH server."""

    kind = "HostKeyUnknown"


class HostKeyChanged(DockerError):
    """The SSH server's key differs from the one in known_hosts."""

    kind = "HostKeyChanged"
