"""What forwarding a port returns."""

from __future__ import annotations

from dataclasses import dataclass

from .._errors import InvalidArgument
from .documents import public


@public
@dataclass(frozen=True)
class PortForward:
    """Where a forwarded port is: on this machine or, with ``reverse``, in the container.

    Connections that cannot be passed on are closed at once; the logger ``ml_nexus_go`` says
    why, at the level DEBUG.
    """

    host: str  # 127.0.0.1; "" for a Unix socket
    port: int  # 0 for a Unix socket
    socket: str | None  # its path; None for a port

    @property
    def address(self) -> str:
        """``host:port``, or the path of the Unix socket."""
        return self.socket or f"{self.host}:{self.port}"

    def url(self, path: str = "/", scheme: str = "http") -> str:
        """Return a URL of the port: ``http://127.0.0.1:43121/``."""
        if self.socket is not None:
            raise InvalidArgument("a Unix socket has no URL: use its path, or forward to a port")
        return f"{scheme}://{self.address}/{path.removeprefix('/')}"
