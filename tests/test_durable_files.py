"""Where a durable exec keeps its output: a new folder that belongs only to its user."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from ml_nexus_go import DockerClient, InvalidArgument, NotFound

from .support.names import Names
from .support.wait import DEADLINE

pytestmark = pytest.mark.by_turns

WATCHED = "echo said; ls -dn /tmp/.ml_nexus_go*; stat -c '%a %u' /tmp/.ml_nexus_go-*"


async def test_a_folder_of_its_own(client: DockerClient, container: str) -> None:
    process = await client.start_exec(container, WATCHED, ["-u", "worker"], durable=True, shell=True)
    out, _ = await process.communicate()
    assert process.returncode == 0
    mark = process.exec_id.split(".")[1]
    assert f"/tmp/.ml_nexus_go-{mark}\n700 1000\n".encode() in out
    assert (await client.exec_container(container, "ls -a /tmp", shell=True)).split() == [".", ".."]


async def test_a_shared_folder_of_somebody_else_is_not_used(client: DockerClient, container: str) -> None:
    """Whoever made it could replace what is in it."""
    trap = "mkdir -m 777 /tmp/.ml_nexus_go /tmp/elsewhere; ln -s /tmp/elsewhere /tmp/.ml_nexus_go/trap"
    await client.exec_container(container, trap, ["-u", "nobody"], shell=True)
    assert await client.exec_container(container, "echo said", durable=True, shell=True) == "said\n"
    left = await client.exec_container(container, "ls /tmp/.ml_nexus_go /tmp/elsewhere", shell=True)
    assert left.split() == ["/tmp/.ml_nexus_go:", "trap", "/tmp/elsewhere:"]


@pytest.mark.parametrize("user", ["root", "worker"])
async def test_an_exec_of_an_earlier_version_can_be_read(client: DockerClient, container: str, user: str) -> None:
    """It has its folder in one that all execs shared, and an ID without a user."""
    mark = str(uuid.uuid4())
    await client.exec_container(container, "mkdir /tmp/.ml_nexus_go; chmod 1733 /tmp/.ml_nexus_go", shell=True)
    begun = f"""
    umask 077; mkdir /tmp/.ml_nexus_go/{mark}; cd /tmp/.ml_nexus_go/{mark}
    echo out >out; echo err >err; echo 999999 >pid; echo 3 >exit
    """
    await client.exec_container(container, begun, ["-u", user], shell=True)
    result = await client.reattach_exec(container, f"0123456789ab.{mark}", check=False)
    assert (result.stdout, result.stderr, result.exit_code) == ("out\n", "err\n", 3)
    with pytest.raises(NotFound):
        await client.reattach_exec(container, f"0123456789ab.{mark}")


async def test_a_folder_of_another_user_is_not_read(client: DockerClient, container: str) -> None:
    mark = str(uuid.uuid4())
    planted = f"""
    mkdir -m 777 /tmp/.ml_nexus_go-{mark}; cd /tmp/.ml_nexus_go-{mark}
    echo lie >out; : >err; echo 999999 >pid; echo 0 >exit
    """
    await client.exec_container(container, planted, ["-u", "nobody"], shell=True)
    with pytest.raises(NotFound):
        await client.reattach_exec(container, f"0123456789ab.{mark}", timeout=DEADLINE)


async def test_files_that_are_removed_under_a_reader_are_no_exit_code(client: DockerClient, container: str) -> None:
    command = ["sh", "-c", "echo a; sleep 3600; exit 3"]
    process = await client.start_exec(container, command, durable=True)
    reads = asyncio.Event()
    other = asyncio.ensure_future(
        client.reattach_exec(container, process.exec_id, on_stdout=lambda _: reads.set(), check=False)
    )
    await asyncio.wait_for(reads.wait(), DEADLINE)
    await client.exec_container(container, "rm -rf /tmp/.ml_nexus_go-*", shell=True)
    with pytest.raises(NotFound, match="read to its end"):
        await asyncio.wait_for(other, DEADLINE)
    await process.kill()


async def test_an_image_without_a_shell(client: DockerClient, name: Names, noshell_image: str) -> None:
    mine = name()
    await client.run_container(noshell_image, ["/app", "sleep", "600"], ["-d", "--name", mine])
    with pytest.raises(InvalidArgument, match="needs sh") as refused:
        await client.exec_container(mine, ["/app", "true"], durable=True)
    assert not refused.value.details.get("may_still_run")
