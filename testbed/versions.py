"""Every version the testbed pins, in one place."""

from __future__ import annotations

MOBY = "v2.0.0-beta.24"
CONTAINERD = "v2.4.2"
RUNC = "v1.5.2"  # below 1.3.3 the current engine's containers do not start
DOCKER_CLI = "v28.5.2+incompatible"  # the project's own go.mod requires the same
DOCKER_BUILDX = "v0.29.1"  # the project's own go.mod requires the same
TOXIPROXY = "v2.5.0"
IMAGES = "1"  # raise it when images.py changes what an image contains
