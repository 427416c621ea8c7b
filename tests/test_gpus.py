"""GPUs of the engine's host."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ml_nexus_go import GPU, Conflict, DockerClient, EngineError, GPUProcess, InvalidArgument
from ml_nexus_go._results.gpus import gpus_of_engine

from .conftest import Connect

GIB = 1 << 30

# What nvidia-smi 550 prints on a host with three GPUs.
SMI = """#!/bin/sh
case "$1" in
--query-gpu=*)
  echo "0, GPU-aa, 81559, 4, 0, NVIDIA H100 80GB HBM3"
  echo "1, GPU-bb, 81559, 70000, 97, NVIDIA H100 80GB HBM3"
  echo "2, GPU-cc, 40000, 4, 0, NVIDIA A100" ;;
--query-compute-apps=*) echo "GPU-bb, 4242, 69000, python" ;;
esac
"""


@pytest.fixture
def host(connect_to: Connect, tmp_path: Path) -> DockerClient:
    """An engine of this machine, which has an nvidia-smi."""
    return with_smi(connect_to, tmp_path, SMI)


def with_smi(connect_to: Connect, folder: Path, text: str) -> DockerClient:
    program = folder / "nvidia-smi"
    program.write_text(text)
    program.chmod(0o755)
    return connect_to(environ={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})


@pytest.mark.connections("local")
async def test_gpus(host: DockerClient) -> None:
    first, second, third = await host.gpus()
    assert first == GPU(0, "GPU-aa", "NVIDIA H100 80GB HBM3", 81559 << 20, 4 << 20, 0, (), "GPU-aa")
    assert first.memory_free == 81555 << 20
    assert second.processes == (GPUProcess(4242, "python", 69000 << 20),)
    assert (third.index, third.device) == (2, "GPU-cc")


@pytest.mark.connections("local")
async def test_free_gpus(host: DockerClient) -> None:
    async def indexes(count: int | None = None, memory: int | None = None) -> list[int | None]:
        return [one.index for one in await host.free_gpus(count, memory=memory)]

    assert await indexes() == [0, 2]
    assert await indexes(1) == [0]
    assert await indexes(memory=10 * GIB) == [0, 2, 1]
    assert await indexes(memory=50 * GIB) == [0]
    with pytest.raises(Conflict, match="3 GPUs that no program uses are wanted, and 2 of the host's 3 are there"):
        await host.free_gpus(3)
    for count, memory in ((0, None), (True, None), ("2", None), (None, -1), (None, "16g")):
        with pytest.raises(InvalidArgument):
            await host.free_gpus(count, memory=memory)  # type: ignore[arg-type]


@pytest.mark.connections("local")
async def test_an_nvidia_smi_that_fails(connect_to: Connect, tmp_path: Path) -> None:
    client = with_smi(connect_to, tmp_path, "#!/bin/sh\necho 'NVIDIA-SMI has failed'; exit 9\n")
    with pytest.raises(EngineError, match="nvidia-smi on the host does not work: NVIDIA-SMI has failed"):
        await client.gpus()


@pytest.mark.connections("ssh")
async def test_a_host_without_gpus(client: DockerClient) -> None:
    assert await client.gpus() == []
    assert await client.free_gpus() == []


def test_devices_that_an_engine_has_found() -> None:
    ids = ["nvidia.com/gpu=1", "nvidia.com/gpu=0", "nvidia.com/gpu=all", "nvidia.com/gpu=GPU-aa", "vendor.com/net=0"]
    found = gpus_of_engine({"DiscoveredDevices": [{"Source": "cdi", "ID": one} for one in ids]})
    assert [(one.index, one.device) for one in found] == [
        (0, "nvidia.com/gpu=0"),
        (1, "nvidia.com/gpu=1"),
        (None, "nvidia.com/gpu=GPU-aa"),
    ]
