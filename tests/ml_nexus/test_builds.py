"""Builds through the names by which ml_nexus's builders build."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_nexus_go import BuildFailed

from .conftest import Project


async def test_a_build_that_fails_tells_line_and_log(local_project: Project) -> None:
    builder = local_project.builder()
    builder.a_build_docker = await local_project.provide("a_build_docker")
    builder.macros.append("RUN echo said before; exit 3")
    environment = await local_project.host_environment(docker_builder=builder)
    with pytest.raises(BuildFailed, match="exit 3") as caught:
        await environment.run_script("true")
    assert "said before" in caught.value.log
    assert local_project.containers() == []


async def test_folders_are_copied_into_an_image(local_project: Project) -> None:
    build = await local_project.provide("build_image_with_copy")
    source = local_project.folder("da ta", x="copied\n")
    tag = local_project.tag
    assert await build("mlng-busybox", "ENV A=1", "RUN cat '/in to/x'", {source: Path("/in to")}, tag) == tag
    client = await local_project.client()
    assert await client.run_container(tag, ["cat", "/in to/x"], ["--rm"]) == "copied\n"


async def test_a_login_that_is_not_asked_for_is_none(local_project: Project) -> None:
    login = await local_project.provide("f_docker_login")
    await login
    await login
