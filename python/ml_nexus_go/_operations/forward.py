"""Ports of containers that are not published."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from .._arguments.checks import LocalPath, local_path, text, yes_or_no
from .._calls.forwarding import Forward
from .._errors import InvalidArgument
from .._wire.generated.methods import CONTAINER_FORWARD
from .requests import Requests

if TYPE_CHECKING:
    from .._results.ports import PortForward
    from .._wire.generated.networks import ForwardRequest


class Ports(Requests):
    """The method that makes ports reachable."""

    def forward(
        self,
        container: str,
        port: int | str,
        *,
        local_port: int = 0,
        local_socket: LocalPath | None = None,
        reverse: bool = False,
        host_network: bool = False,
    ) -> AbstractAsyncContextManager[PortForward]:
        """Make a port of a container reachable on this machine while a block lasts.

            async with client.forward("notebook", 8888) as local:
                print(local.url())  # http://127.0.0.1:43121/

        The port need not be published: a program may listen on the container's 127.0.0.1 only.
        ``port`` may also be an abstract Unix socket, ``"@name"``. On this machine it is at
        ``local_port`` of 127.0.0.1, any free one if that is 0, or at ``local_socket``, the path of
        a Unix socket that only this user may use.

        With ``reverse``, programs in the container reach this machine: what connects to ``port``
        of the container's 127.0.0.1 (0: any free one, see ``local.port``) gets to ``local_port``
        (0: the same number) or ``local_socket`` here.

        A lost connection to the engine ends the connections through the port; new ones work
        as soon as the engine answers again, and also after the container was started again. If
        nobody listens, connections are closed at once.

        A container with the host's network is refused unless ``host_network`` is true: its
        127.0.0.1 is the host's.

        Raises, when the block is entered, ContainerNotFound and ContainerNotRunning; Conflict for a
        port or a socket that is in use, here or (``reverse``) in the container; PermissionDenied
        for a port that this user may not have; InvalidArgument. The end of the block raises what
        has ended the forwarding before, if anything did: AuthenticationFailed for a key that was
        withdrawn, for example.
        """
        request = _request(container, port, local_port, local_socket)
        for value, keyword in ((reverse, "reverse"), (host_network, "host_network")):
            yes_or_no(value, keyword)
        request["reverse"], request["host_network"] = reverse, host_network
        return Forward(lambda: self._forward(CONTAINER_FORWARD(request)))


def _request(container: str, port: int | str, local_port: int, local_socket: LocalPath | None) -> ForwardRequest:
    request: ForwardRequest = {
        "container": text(container, "container"),
        "local_port": _number(local_port, "local_port"),
        "local_socket": None if local_socket is None else local_path(local_socket, "local_socket"),
    }
    if isinstance(port, str):
        request["socket"] = port or " "  # refused as any other text that is none
    else:
        request["port"] = _number(port, "port")
    return request


def _number(value: int, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidArgument(f"{name} must be a number, not {value!r}")
    return value
