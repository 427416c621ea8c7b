"""The project's design: the user's own names, and go_docker_design after them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from pinjected import Injected, design

from ml_nexus_go.environments import CacheMountRequest, DockerHostMounter, DockerHostPlacement, ResolveMountRequest
from ml_nexus_go.injection import go_docker_design

from ..places import Places
from .project import ContainerSchematic, DockerBuilder, ProjectDef, ProjectDir, StaticResolver

HERE = Path(__file__).parent


def _builder(a_build_docker: Any, base_image: str) -> DockerBuilder:
    return DockerBuilder(a_build_docker, base_image, macros=["ENV STEPS=400"], scripts=["set -euo pipefail"])


def _schematic(builder: DockerBuilder) -> ContainerSchematic:
    return ContainerSchematic(
        builder,
        [
            ResolveMountRequest("source", "training", Path("/sources/training"), excludes=["*.pyc"]),
            CacheMountRequest("training", Path("/cache")),
        ],
    )


def training_design(places: Places, target: str, data: Path, host_root: Path, results: Path) -> Any:
    """Return the design for one target.

    ``data`` is the local folder with the points, ``host_root`` the folder on the host for
    uploads, ``results`` the local folder for downloads.
    """
    mine = design(
        logger=logging.getLogger("training"),
        project=ProjectDef([ProjectDir("training", "source"), ProjectDir("points", "resource")]),
        base_image=places.image,
        builder=Injected.bind(_builder),
        schematic=Injected.bind(_schematic),
        storage_resolver=StaticResolver({"training": HERE / "source", "points": data}),
        ml_nexus_default_docker_image_repo="ml-nexus-go-example",
        ml_nexus_default_docker_host_mounter=DockerHostMounter(host_resource_root=host_root / "resources"),
        ml_nexus_default_docker_host_placement=DockerHostPlacement(
            host_root / "cache", host_root / "resources", host_root / "sources", host_root / "direct"
        ),
        env_result_download_path=results,
        ml_nexus_docker_host=target,
        ml_nexus_docker_connect_options=places.connect_options,
    )
    return mine + go_docker_design
