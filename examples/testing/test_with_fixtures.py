"""Tests with the plugin's fixtures. On several targets each test runs on each."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from ml_nexus_go import DockerClient
from ml_nexus_go.pytest_plugin import ContainerFactory, ImageFactory

SERVER = "echo starting; sleep 0.2; echo ready to serve; sleep 600"


@pytest.mark.asyncio
async def test_a_container_that_says_when_it_is_ready(docker_container: ContainerFactory, image: str) -> None:
    server = await docker_container(image, ["bash", "-c", SERVER], wait_log="ready to serve")
    assert "Linux" in await server.exec(["uname", "-s"])


@pytest.mark.asyncio
@pytest.mark.docker(engine=">=1", api=">=1.24")
async def test_an_image_of_ones_own(
    docker_image: ImageFactory, docker_client: DockerClient, image: str, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {image}\nCOPY greeting /\n")
    (tmp_path / "greeting").write_text("hello\n")
    tag = await docker_image(tmp_path)
    assert await docker_client.run_container(tag, ["cat", "/greeting"], ["--rm"]) == "hello\n"


@pytest.mark.asyncio
async def test_a_folder_on_the_host(
    docker_host_dir: PurePosixPath, docker_client: DockerClient, image: str, tmp_path: Path
) -> None:
    options = ["--rm", "-v", f"{docker_host_dir}:/out"]
    await docker_client.run_container(image, ["bash", "-c", "echo made inside >/out/file"], options)
    await docker_client.download_from_host(docker_host_dir / "file", tmp_path / "file")
    assert (tmp_path / "file").read_text() == "made inside\n"
