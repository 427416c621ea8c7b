# Written by go run ./tools/wire. Change the Go side instead.
"""The options of ``docker exec`` as keywords."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..typed import TypedOptions, Writer
from ..values import Pairs, Path, Paths
from . import kinds


class ExecOptions(TypedOptions):
    """The options of ``docker exec`` as keywords.

    ``detach``: Detached mode: run command in the background
    ``detach_keys``: Override the key sequence for detaching a container
    ``env``: Set environment variables
    ``env_file``: Read in a file of environment variables
    ``interactive``: Keep STDIN open even if not attached
    ``privileged``: Give extended privileges to the command
    ``tty``: Allocate a pseudo-TTY
    ``user``: Username or UID (format: "<name|uid>[:<group|gid>]")
    ``workdir``: Working directory inside the container
    """

    __module__ = "ml_nexus_go"
    command = "docker exec"
    kinds: ClassVar[Mapping[str, Writer]] = kinds.EXEC

    def __init__(
        self,
        *,
        detach: bool | None = None,
        detach_keys: str | None = None,
        env: Pairs | None = None,
        env_file: Paths | None = None,
        interactive: bool | None = None,
        privileged: bool | None = None,
        tty: bool | None = None,
        user: str | int | None = None,
        workdir: Path | None = None,
    ) -> None:
        self._write(locals())
