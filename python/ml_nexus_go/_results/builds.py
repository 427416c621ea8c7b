"""What a build returns and reports: its result, and events while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .documents import public

if TYPE_CHECKING:
    from .._wire.generated import builds as wire
    from .._wire.generated import events


@public
class BuildResult(str):
    """A built image; as text, its first tag ("" if it has none).

    ``image_id`` is its ID in the engine ("" if the output went elsewhere),
    ``log`` the build's output as docker prints it without a terminal, ``steps`` the
    number of the Dockerfile's steps that were needed (without FROM), ``cached_steps``
    how many of them came from the cache, ``duration`` seconds.
    """

    __slots__ = ("cached_steps", "duration", "image_id", "log", "steps", "tags", "warnings")

    tags: tuple[str, ...]
    image_id: str
    log: str
    steps: int
    cached_steps: int
    warnings: tuple[str, ...]
    duration: float

    def __new__(
        cls,
        tags: tuple[str, ...] = (),
        image_id: str = "",
        log: str = "",
        steps: int = 0,
        cached_steps: int = 0,
        warnings: tuple[str, ...] = (),
        duration: float = 0.0,
    ) -> BuildResult:
        self = super().__new__(cls, tags[0] if tags else "")
        self.tags = tags
        self.image_id = image_id
        self.log = log
        self.steps = steps
        self.cached_steps = cached_steps
        self.warnings = warnings
        self.duration = duration
        return self

    @property
    def stdout(self) -> str:
        """The tag, for callers that take any command's result."""
        return str.__str__(self)

    @property
    def stderr(self) -> str:
        """The log, which docker's command prints to its stderr."""
        return self.log

    @property
    def exit_code(self) -> int:
        """Always 0: a build that fails raises BuildFailed."""
        return 0

    def __reduce__(self) -> tuple[Any, ...]:
        fields = (
            self.tags,
            self.image_id,
            self.log,
            self.steps,
            self.cached_steps,
            self.warnings,
            self.duration,
        )
        return (type(self), fields)


@public
class BuildStep(NamedTuple):
    """A step began or ended. ``state`` is started, cached, done or failed."""

    number: int  # as in the log: #number
    name: str
    state: str
    error: str
    seconds: float  # how long it took, once it has ended
    id: str


@public
class BuildLog(NamedTuple):
    """Output of a step: whole lines or parts of lines."""

    number: int
    text: str
    stream: int  # 1 stdout, 2 stderr
    id: str


@public
class BuildTransfer(NamedTuple):
    """How far a step's transfer is. ``total`` is 0 if it is unknown."""

    number: int
    name: str  # what is transferred
    current: int  # bytes
    total: int  # bytes
    done: bool
    id: str


@public
class BuildWarning(NamedTuple):
    """A warning of the builder."""

    message: str


BuildEvent = BuildStep | BuildLog | BuildTransfer | BuildWarning


def build_result(fields: wire.BuildResult) -> BuildResult:
    """Make the result from Go's."""
    return BuildResult(
        tuple(fields["tags"]),
        fields["image_id"],
        fields["log"],
        fields["steps"],
        fields["cached_steps"],
        tuple(fields["warnings"]),
        fields["seconds"],
    )


def build_event(fields: events.BuildEvent) -> BuildEvent | None:
    """Make an event from Go's; None for events that users do not get."""
    if fields["event"] == "vertex":
        return BuildStep(
            fields["number"],
            fields["name"],
            fields["state"],
            fields.get("error", ""),
            fields["seconds"],
            fields["vertex"],
        )
    if fields["event"] == "log":
        return BuildLog(fields["number"], fields["text"], fields["stream"], fields["vertex"])
    if fields["event"] == "status":
        return BuildTransfer(
            fields["number"],
            fields["name"],
            fields["current"],
            fields["total"],
            fields["done"],
            fields["vertex"],
        )
    if fields["event"] == "warning":
        return BuildWarning(fields["message"])
    return None
