"""What a registry has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


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
