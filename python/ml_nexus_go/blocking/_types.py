"""Types of what callers give, where they differ from those of the asynchronous client."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import BinaryIO

from .._arguments.checks import LocalPath
from .._calls.stdin import BytesLike
from .._results.output import OutputLine
from ._client import Client

Archives = Client
OutputCallback = Callable[[bytes], object]
LineCallback = Callable[[OutputLine], object]
StdinSource = BytesLike | str | Iterable[BytesLike] | BinaryIO
ArchiveSource = LocalPath | BytesLike | Iterable[bytes] | BinaryIO
FileContent = str | BytesLike | Iterable[BytesLike] | BinaryIO
