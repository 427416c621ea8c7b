"""What operations on images return and report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .documents import public
from .progress import Progress


@public
class LayerProgress(NamedTuple):
    """A step in the transfer of one layer.

    ``status`` is the engine's word ("Downloading", "Pull complete", "Pushed"...). ``done``
    and ``total`` are bytes while a layer is downloaded or pushed; ``total`` is -1 if it
    is unknown.
    """

    id: str
    status: str
    done: int
    total: int


@public
class TransferStatus(NamedTuple):
    """The engine's message about a transfer as a whole."""

    message: str


# Progress counts the bytes of an archive.
ImageEvent = LayerProgress | TransferStatus | Progress


@public
class PullResult(str):
    """What was pulled; as text, its reference.

    ``digest`` is the manifest's in the registry ("sha256:..."), ``image_id`` the engine's
    ID ("" with all_tags), ``up_to_date`` whether the engine had all of it.
    """

    __slots__ = ("digest", "image_id", "up_to_date")

    digest: str
    image_id: str
    up_to_date: bool

    def __new__(cls, image: str, digest: str = "", image_id: str = "", up_to_date: bool = False) -> PullResult:
        self = super().__new__(cls, image)
        self.digest, self.image_id, self.up_to_date = digest, image_id, up_to_date
        return self


@public
class PushResult(str):
    """What was pushed; as text, its reference.

    ``digest`` is the manifest's in the registry, of the last tag; ``digests`` has it for
    each tag.
    """

    __slots__ = ("digest", "digests")

    digest: str
    digests: dict[str, str]

    def __new__(cls, image: str, digest: str = "", digests: dict[str, str] | None = None) -> PushResult:
        self = super().__new__(cls, image)
        self.digest, self.digests = digest, dict(digests or {})
        return self


@public
class TransferResult(str):
    """The result of moving an image to another engine; as text, its reference.

    ``image_id`` is its ID there, ``bytes_sent`` what was sent to that engine. ``layers`` counts
    the image's layers, ``reused`` those that were not sent because the engine had them.
    ``present`` is true if it had the whole image: at most a name was added.
    """

    __slots__ = ("bytes_sent", "image_id", "layers", "present", "reused")

    image_id: str
    bytes_sent: int
    layers: int
    reused: int
    present: bool

    def __new__(
        cls,
        image: str,
        image_id: str = "",
        bytes_sent: int = 0,
        layers: int = 0,
        reused: int = 0,
        present: bool = False,
    ) -> TransferResult:
        self = super().__new__(cls, image)
        self.image_id, self.bytes_sent = image_id, bytes_sent
        self.layers, self.reused, self.present = layers, reused, present
        return self


@public
class ImageRemoval(NamedTuple):
    """What removing an image did."""

    untagged: list[str]
    deleted: list[str]


@public
class ImagePruning(NamedTuple):
    """What pruning images did; ``reclaimed`` is in bytes."""

    untagged: list[str]
    deleted: list[str]
    reclaimed: int


@public
@dataclass(frozen=True)
class Distribution:
    """What a registry has under an image's name: a manifest, or a list of them."""

    digest: str  # of the manifest, or the list: "sha256:..."
    media_type: str  # of the manifest, or the list
    size: int  # bytes of the manifest, not of the image
    platforms: tuple[str, ...]  # "linux/arm64/v8"; () where the engine does not say it
    raw: dict[str, Any] = field(repr=False, compare=False)  # the engine's own document


def distribution_of(raw: dict[str, Any]) -> Distribution:
    """Return the view of an engine's document."""
    manifest = raw.get("Descriptor") or {}
    return Distribution(
        digest=manifest.get("digest") or "",
        media_type=manifest.get("mediaType") or "",
        size=manifest.get("size") or 0,
        platforms=tuple(_platform(one) for one in raw.get("Platforms") or ()),
        raw=raw,
    )


def _platform(raw: dict[str, Any]) -> str:
    return "/".join(part for part in (raw.get("os"), raw.get("architecture"), raw.get("variant")) if part)
