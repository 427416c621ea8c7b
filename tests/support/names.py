"""Names that only one test uses, and the removal of everything that has them."""

from __future__ import annotations

import uuid
from contextlib import suppress

from testbed.errors import TestbedError

from .bed import Engine


class Names:
    """Call it for a name; ``clean`` removes everything with one of its names."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._containers: list[str] = []
        self._images: list[str] = []
        self._volumes: list[str] = []
        self._networks: list[str] = []

    def __call__(self, about: str = "t") -> str:
        """A container's name."""
        name = f"mlng-{about}-{uuid.uuid4().hex[:12]}"
        self._containers.append(name)
        return name

    def volume(self) -> str:
        """A volume's name."""
        name = f"mlng-v-{uuid.uuid4().hex[:12]}"
        self._volumes.append(name)
        return name

    def network(self) -> str:
        """A network's name."""
        name = f"mlng-n-{uuid.uuid4().hex[:12]}"
        self._networks.append(name)
        return name

    def image(self, tag: str = "latest", registry: str = "") -> str:
        """A reference of an image, at a registry."""
        place = f"{registry}/" if registry else ""
        reference = f"{place}mlng-t-{uuid.uuid4().hex[:12]}:{tag}"
        self._images.append(reference)
        return reference

    def image_at(self, registry: str, reference: str) -> str:
        """A reference of the same name at another registry."""
        other = f"{registry}/{reference.rpartition('/')[2]}"
        self._images.append(other)
        return other

    def clean(self) -> None:
        """Remove what is still there."""
        for name in self._containers:
            remove_container(self._engine, name)
        for network in self._networks:
            with suppress(TestbedError):
                self._engine.api_call("DELETE", f"/networks/{network}")
        for volume in self._volumes:
            with suppress(TestbedError):
                self._engine.api_call("DELETE", f"/volumes/{volume}")
        for reference in self._images:
            with suppress(TestbedError):
                self._engine.api_call("DELETE", f"/images/{reference}", force="1")


def remove_container(engine: Engine, name: str) -> None:
    """Remove a container, its anonymous volumes too, if it exists."""
    with suppress(TestbedError):
        engine.api_call("DELETE", f"/containers/{name}", force="1", v="1")
