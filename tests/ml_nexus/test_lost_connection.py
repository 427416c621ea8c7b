"""A persistent environment whose connection drops: scripts and mounts continue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_nexus_go.environments import DirectMountRequest

from ..support.bed import Engine
from ..support.proxy import Proxy
from .conftest import Project, _project

# Bytes that are not text, and a last line without a newline. Each part ends when the connection was cut in it.
COUNT = r"""for i in $(seq 0 119); do
  printf '%s \377\000\n' "$i"
  [ $((i % 3)) -gt 0 ] || echo "problem $i" >&2
  [ $((i % 30)) -lt 29 ] || until [ -e /tmp/cut-$i ]; do sleep 0.01; done
done
printf 'no end'
"""


@pytest.fixture
def cut_project(tmp_path: Path, proxy: Proxy) -> Iterator[Project]:
    """On the current engine, over a connection that the test can cut."""
    for made in _project(Engine("engine-new", "ssh"), tmp_path):
        made.ssh_config = proxy.config
        yield made


async def test_a_script_goes_on_after_cuts(cut_project: Project, proxy: Proxy) -> None:
    environment = await cut_project.persistent()
    await environment.ensure_container()
    seen, ends = bytearray(), [29, 59, 89, 119]

    def cut(data: bytes) -> None:
        seen.extend(data)
        while ends and b"\n%d \xff" % ends[0] in seen:
            proxy.cut()
            proxy.mend()
            cut_project.place.docker("exec", environment.container_name, "touch", f"/tmp/cut-{ends.pop(0)}")

    result = await environment.run_script(COUNT, on_stdout=cut)
    output = b"".join(b"%d \xff\x00\n" % i for i in range(120)) + b"no end"
    assert bytes(seen).partition(b"END  SCRIPT ======\n")[2].partition(b"Base64")[0] == output
    assert seen.startswith(b"Running base64 encoded script...\n")
    assert seen.endswith(b"executed with exit status 0\n")
    assert result.stderr == "".join(f"problem {i}\n" for i in range(0, 120, 3))
    assert not ends


async def test_the_next_script_does_not_notice_a_cut(cut_project: Project, proxy: Proxy) -> None:
    source = cut_project.folder("src", f="one")
    environment = await cut_project.persistent(DirectMountRequest(source, Path("/src")))
    assert "one" in await environment.run_script("cat /src/f; echo kept >/tmp/kept")
    (source / "f").write_text("second")
    proxy.cut()
    proxy.mend()
    result = await environment.run_script("cat /src/f /tmp/kept")
    assert "secondkept" in result
    assert len(cut_project.containers()) == 1
