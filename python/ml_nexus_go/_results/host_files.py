"""What operations on a host's files return."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .documents import public

if TYPE_CHECKING:
    from .._wire.generated import hostfiles_results as wire


@public
class SyncIssue(NamedTuple):
    """A path, relative to the source's root, that differs.

    ``issue`` is "changed" (the source changed while it was read), "vanished" (the source
    went away), "special" (a socket, device or FIFO, skipped), "time" (times before 1970
    or after 2106, which SFTP cannot express: one issue for all paths), "not_empty" (a folder
    contains something that must not be deleted) or "failed" (see ``message``).
    """

    path: str
    issue: str
    message: str


@public
class HostCopyResult(NamedTuple):
    """What an upload or a download moved.

    ``path`` is where the file or folder is now; ``sha256`` the checksum of a single file
    in hexadecimal, if ``checksum`` was given.
    """

    files: int
    bytes: int
    path: str
    sha256: str
    seconds: float
    issues: list[SyncIssue]


@public
class SyncReport(NamedTuple):
    """What a sync did.

    ``files_sent`` counts regular files with content sent, ``bytes_sent`` that content (without
    parts that the destination already had), ``deleted`` the names removed,
    ``unchanged`` the files neither read nor sent. ``way`` is "local", "sftp", "rsync",
    "engine", or, from a container, "container" or "archive". ``issues`` has at most 1000;
    ``issues_omitted`` counts the others.
    """

    files_sent: int
    bytes_sent: int
    deleted: int
    unchanged: int
    way: str
    seconds: float
    issues: list[SyncIssue]
    issues_omitted: int


def transfer_result(result: wire.HostCopyResult) -> HostCopyResult:
    """Return Go's result as users get it."""
    return HostCopyResult(
        result["files"],
        result["bytes"],
        result["path"],
        result.get("sha256", ""),
        result["seconds"],
        _issues(result),
    )


def sync_report(result: wire.SyncReport) -> SyncReport:
    """Return Go's report as users get it."""
    return SyncReport(
        result["files_sent"],
        result["bytes_sent"],
        result["deleted"],
        result["unchanged"],
        result["way"],
        result["seconds"],
        _issues(result),
        result.get("issues_omitted", 0),
    )


def _issues(result: wire.HostCopyResult | wire.SyncReport) -> list[SyncIssue]:
    return [SyncIssue(one["path"], one["issue"], one.get("message", "")) for one in result["issues"]]
