"""The pytest plugin, in pytest runs of its own on the testbed's engines."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import ml_nexus_go

from ..support.bed import Engine, part
from ..support.wait import DEADLINE, limits

ENGINE = Engine("engine-new")
OLD = Engine("engine-old")
HEADER = "import asyncio, os, pytest\n\nIMAGE = 'mlng-busybox'\n"
PLUGINS = ["ml_nexus_go.pytest_plugin", "pytest_asyncio.plugin", "xdist.plugin", "anyio.pytest_plugin"]


@dataclass
class Suite:
    """A folder with tests, and pytest to run them."""

    folder: Path

    def write(self, test: str, name: str = "test_it.py", header: str = HEADER) -> None:
        (self.folder / name).write_text(header + textwrap.dedent(test))

    def argv(self, *words: str) -> list[str]:
        plugins = [word for plugin in PLUGINS for word in ("-p", plugin)]
        return [sys.executable, "-W", "error", "-m", "pytest", "-q", "-rs", *plugins, "-W", "error", *words]

    @property
    def environ(self) -> dict[str, str]:
        path = str(Path(ml_nexus_go.__file__).parent.parent)
        return {
            **os.environ,
            "PYTHONPATH": path,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "DOCKER_HOST": ENGINE.host,
            "TMPDIR": str(self.folder),
        }

    def run(self, *words: str) -> str:
        done = subprocess.run(
            self.argv(*words),
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        return done.stdout + done.stderr

    def left(self, engine: Engine = ENGINE) -> list[str]:
        """Return what has the label of one of this folder's test runs, or its name."""
        words = {path.stem.rpartition("+")[2] for path in self.folder.rglob("*.jsonl")}
        words |= {path.read_text() for path in self.folder.glob("word")}
        rows = engine.api_get("/containers/json", all="1")
        containers = [row["Names"][0] for row in rows if any(word in row["Names"][0] for word in words)]
        images = [tag for row in engine.api_get("/images/json") for tag in row["RepoTags"] or ()]
        folders = [str(path) for path in Path("/tmp").glob("ml_nexus_go-pytest-*")]
        return containers + [name for name in (*images, *folders) if any(word in name for word in words)]


@pytest.fixture
def suite(tmp_path: Path, testbed: None) -> Iterator[Suite]:
    made = Suite(tmp_path)
    settings = ["asyncio_mode = auto", "asyncio_default_fixture_loop_scope = function", "addopts = --strict-markers"]
    (tmp_path / "pytest.ini").write_text("\n".join(["[pytest]", *settings, ""]))
    made.write("", "conftest.py", WORD)
    yield made
    for name in made.left():
        ENGINE.docker("rm", "-fv", name.lstrip("/"), check=False)


# Tells the tests here which run it was.
WORD = """\
import pathlib

def pytest_sessionfinish(session):
    from ml_nexus_go import pytest_plugin
    run = session.config.stash[pytest_plugin._RUN]
    (pathlib.Path(__file__).parent / "word").write_text(run.word)
"""


def test_containers_are_started_used_and_removed(suite: Suite) -> None:
    suite.write(
        """
        async def test_one(docker_client, docker_container):
            box = await docker_container(IMAGE, ["sleep", "600"])
            assert "hello" in await box.exec(["echo", "hello"])
            assert (await docker_client.container_state(box.name)).running

        @pytest.mark.anyio
        async def test_anyio(docker_container):
            box = await docker_container(IMAGE, ["sleep", "600"], "-e A=1")
            assert await box.exec("echo $A", shell=True) == "1\\n"

        @pytest.fixture
        def anyio_backend():
            return "asyncio"
        """
    )
    assert "2 passed" in suite.run()
    assert suite.left() == []


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_async_tests_by_pytest_asyncio_in_both_modes(suite: Suite, mode: str) -> None:
    suite.write(
        """
        @pytest.mark.asyncio
        async def test_one(docker_container):
            assert await (await docker_container(IMAGE, ["sleep", "600"])).exec(["id", "-u"]) == "0\\n"
        """
    )
    assert "1 passed" in suite.run("-o", f"asyncio_mode={mode}")


def test_ready_by_port_log_health_and_check(suite: Suite) -> None:
    suite.write(
        """
        SERVER = "echo starting; sleep 0.3; echo serving on 8080; exec nc -ll -p 8080 -e cat"

        async def test_ready(docker_container):
            box = await docker_container(
                IMAGE, ["sh", "-c", SERVER], ["-p", "8080", "--health-cmd", "true", "--health-interval", "1s"],
                wait_port=8080, wait_log="serving on", wait_healthy=True, wait_for=listening,
            )
            assert await box.port(8080) > 0
            assert "starting" in await box.logs()

        async def listening(box):
            return "8080" in await box.exec("netstat -ltn")
        """
    )
    assert "1 passed" in suite.run()


NOT_READY = """
        async def test_ends(docker_container):
            await docker_container(IMAGE, ["sh", "-c", "echo last words; exit 3"], wait_log="never printed")

        async def test_late(docker_container):
            await docker_container(IMAGE, ["sh", "-c", "echo quiet; sleep 600"], wait_port=80, timeout=LIMIT)

        async def test_no_health_check(docker_container):
            await docker_container(IMAGE, ["sleep", "600"], wait_healthy=True)

        async def test_no_cat(docker_container):
            await docker_container("mlng-noshell", ["/app", "sleep", "600"], wait_port=80)
"""


def test_what_does_not_get_ready_says_why(suite: Suite) -> None:
    for limit in limits(5):
        suite.write(NOT_READY.replace("LIMIT", f"{limit:g}"))
        output = suite.run()
        late = rf"took longer than {limit:g} s, before port 80 was ready; its log:\s*\nE\s+quiet"
        if re.search(late, output):
            break  # or it had not even started by then
    assert re.search(late, output), output
    assert "4 failed" in output
    assert re.search(
        r"ended with exit code 3, before log 'never printed' was ready; its log:\s*\nE\s+last words", output
    )
    assert "has no health check" in output
    assert "has no cat" in output
    assert suite.left() == []


def test_logs_are_attached_to_the_report_of_a_failure(suite: Suite) -> None:
    suite.write(
        """
        async def test_fails(docker_container):
            await docker_container(IMAGE, ["sh", "-c", "echo from inside; sleep 600"], wait_log="inside")
            assert False

        async def test_passes(docker_container):
            await docker_container(IMAGE, ["sh", "-c", "echo not shown; sleep 600"], wait_log="shown")
        """
    )
    output = suite.run()
    assert re.search(r"-- docker logs pytest-\S+ --+\nfrom inside\n", output)
    assert "not shown" not in output


def test_an_image_is_built_once_for_each_content(suite: Suite) -> None:
    suite.write(
        """
        async def test_build(docker_client, docker_image, docker_container, tmp_path):
            (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\\nCOPY file /\\n")
            (tmp_path / "file").write_text("one")
            first = await docker_image(tmp_path)
            assert await docker_image(tmp_path) == first
            (tmp_path / "file").write_text("two")
            second = await docker_image(tmp_path)
            assert second != first
            box = await docker_container(second, ["sleep", "600"])
            assert await box.exec(["cat", "/file"]) == "two"
        """
    )
    assert "1 passed" in suite.run()
    assert suite.left() == []


def test_a_folder_on_the_host(suite: Suite) -> None:
    suite.write(
        """
        async def test_folder(docker_host_dir, docker_client, tmp_path):
            (tmp_path / "in").write_text("input")
            await docker_client.upload_to_host(tmp_path / "in", docker_host_dir / "in")
            mount = ["--rm", "-v", f"{docker_host_dir}:/work"]
            await docker_client.run_container(IMAGE, "sh -c 'tr a-z A-Z </work/in >/work/out'", mount)
            await docker_client.download_from_host(docker_host_dir / "out", tmp_path / "out")
            assert (tmp_path / "out").read_text() == "INPUT"
        """
    )
    assert "1 passed" in suite.run()
    assert suite.left() == []


def test_several_targets_run_each_test_on_each(suite: Suite) -> None:
    suite.write(
        """
        seen = []

        async def test_version(docker_client, docker_container):
            box = await docker_container(IMAGE, ["sleep", "600"])
            seen.append((await docker_client.version())["Version"])

        def test_both():
            assert len(set(seen)) == 2

        @pytest.mark.docker(engine="==20.10")
        async def test_old_only(docker_client):
            assert (await docker_client.version())["Version"].startswith("20.10")

        @pytest.mark.docker(api=">=1.44", engine="!=20.10")
        async def test_new_only(docker_client):
            pass
        """
    )
    output = suite.run("--docker-target", ENGINE.host, "--docker-target", OLD.host)
    assert "5 passed, 2 skipped" in output
    assert "the engine is" in output
    assert suite.left() == suite.left(OLD) == []


@pytest.mark.parametrize("marker", ["engine='new'", "version='>=1'", "'>=23'"])
def test_a_marker_that_makes_no_sense_is_an_error(suite: Suite, marker: str) -> None:
    suite.write(f"@pytest.mark.docker({marker})\ndef test_it(): pass\n")
    assert "the marker docker" in suite.run()


def test_scopes_of_the_client(suite: Suite) -> None:
    suite.write(
        """
        clients = []

        @pytest.mark.parametrize("n", range(2))
        async def test_ping(docker_client, n):
            clients.append(docker_client)
            await docker_client.ping()

        def test_count():
            assert len(set(map(id, clients))) == int(os.environ["WANTED"])
        """
    )
    for scope, wanted in (("session", "1"), ("function", "2")):
        os.environ["WANTED"] = wanted
        try:
            assert "3 passed" in suite.run("--docker-client-scope", scope)
        finally:
            del os.environ["WANTED"]


def test_over_ssh_with_options_of_a_conftest(suite: Suite) -> None:
    suite.write(
        f"""
        @pytest.fixture(scope="session")
        def docker_connect_options():
            return {{"ssh_config": {part("sshd")["ssh_config"]!r}}}

        async def test_ssh(docker_client, docker_container):
            assert type(docker_client).__name__ == "RemoteDockerClient"
            await docker_container(IMAGE, ["sleep", "600"])
        """
    )
    assert "1 passed" in suite.run("--docker-target", f"ssh://{part('sshd')['alias']}{ENGINE.socket}")
    assert suite.left() == []


def test_kept_things_stay_and_are_told(suite: Suite) -> None:
    suite.write("async def test_it(docker_container): await docker_container(IMAGE, ['sleep', '600'])\n")
    output = suite.run("--docker-keep")
    name = re.search(r"kept: container (\S+) on local", output)
    assert name
    try:
        suite.run()  # does not reap it
        assert ENGINE.api_get(f"/containers/{name[1]}/json")["State"]["Running"]
    finally:
        ENGINE.docker("rm", "-f", name[1])


def test_with_xdist_nothing_is_left_and_nothing_collides(suite: Suite) -> None:
    suite.write(
        """
        @pytest.mark.parametrize("n", range(8))
        async def test_many(docker_container, docker_image, docker_host_dir, tmp_path, n):
            (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\\n")
            box = await docker_container(await docker_image(tmp_path), ["sleep", "600"])
            assert await box.exec(["echo", str(n)]) == f"{n}\\n"
        """
    )
    assert "8 passed" in suite.run("-n", "2")
    assert suite.left() == []


def test_a_worker_that_is_killed_leaves_nothing(suite: Suite) -> None:
    suite.write(
        """
        async def test_dies(docker_container):
            await docker_container(IMAGE, ["sleep", "600"])
            os.kill(os.getpid(), 9)

        async def test_other(docker_container):
            await docker_container(IMAGE, ["sleep", "600"])
        """
    )
    assert "1 failed, 1 passed" in suite.run("-n", "1")
    assert suite.left() == []


def test_what_a_killed_run_left_is_reaped_by_the_next(suite: Suite) -> None:
    suite.write(
        """
        async def test_hangs(docker_container, docker_host_dir):
            await docker_container(IMAGE, ["sleep", "600"])
            print("started", flush=True)
            await asyncio.sleep(600)
        """
    )
    with subprocess.Popen(suite.argv("-s"), cwd=suite.folder, env=suite.environ, stdout=subprocess.PIPE) as killed:
        assert killed.stdout
        assert any(b"started" in line for line in killed.stdout)
        killed.send_signal(signal.SIGKILL)
    left = suite.left()
    assert len(left) == 2
    suite.write("async def test_it(docker_client): pass\n")
    assert "1 passed" in suite.run()
    assert not [name for name in left if Path(name).exists()]
    rows = ENGINE.api_get("/containers/json", all="1")
    assert not {row["Names"][0] for row in rows} & set(left)


def test_only_what_is_proven_is_reaped(suite: Suite) -> None:
    suite.write(
        """
        async def test_hangs(docker_container):
            box = await docker_container(IMAGE, ["sleep", "600"])
            print(f"name={box.name}.", flush=True)
            await asyncio.sleep(600)
        """
    )
    image = f"mlng-pytest-{os.urandom(4).hex()}"
    here = [socket.gethostname(), str(os.getpid()), "1.000", "0badf00d"]  # of an earlier version, and it looks ended
    with subprocess.Popen(suite.argv("-s"), cwd=suite.folder, env=suite.environ, stdout=subprocess.PIPE) as killed:
        assert killed.stdout
        name = next(found[1].decode() for line in killed.stdout if (found := re.search(rb"name=(\S+)\.", line)))
        ENGINE.docker("commit", name, image)
        killed.send_signal(signal.SIGKILL)
    made = [f"{image}-plain", f"{image}-earlier"]
    try:
        ENGINE.docker("run", "-d", "--name", made[0], image, "sleep", "600")
        label = f"ml-nexus-go.pytest={'/'.join(here)}"
        ENGINE.docker("run", "-d", "--name", made[1], "--label", label, "mlng-busybox", "sleep", "600")
        journal = next(suite.folder.rglob("*.jsonl"))
        entry = {"kind": "container", "name": made[1], "target": "local", "options": {}}
        journal.with_name(f"{'+'.join(here)}.jsonl").write_text(json.dumps(entry) + "\n")
        suite.write("async def test_it(docker_client): pass\n")
        assert "1 passed" in suite.run()
        names = [row["Names"][0].lstrip("/") for row in ENGINE.api_get("/containers/json")]
        assert name not in names
        assert set(made) <= set(names)
    finally:
        ENGINE.docker("rm", "-fv", name, *made, check=False)
        ENGINE.docker("rmi", "-f", image, check=False)


def test_an_interrupted_run_leaves_nothing(suite: Suite) -> None:
    suite.write(
        """
        import signal

        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell starts in the background

        async def test_hangs(docker_container):
            await docker_container(IMAGE, ["sleep", "600"])
            print("started", flush=True)
            await asyncio.sleep(600)
        """
    )
    with subprocess.Popen(suite.argv("-s"), cwd=suite.folder, env=suite.environ, stdout=subprocess.PIPE) as stopped:
        assert stopped.stdout
        assert any(b"started" in line for line in stopped.stdout)
        stopped.send_signal(signal.SIGINT)
        assert b"KeyboardInterrupt" in stopped.stdout.read()
    assert suite.left() == []


def test_nothing_happens_unless_used(suite: Suite) -> None:
    suite.write(
        """
        import sys

        def test_plain():
            import ml_nexus_go._abi.native as native
            assert native.loaded() is None
            assert "pinjected" not in sys.modules
        """
    )
    assert "1 passed" in suite.run("--docker-target", "no-such-host.invalid")
    assert [path.name for path in suite.folder.glob("ml_nexus_go-pytest-*")] == []


def test_a_target_that_is_not_there_is_an_error_of_the_test(suite: Suite) -> None:
    suite.write("async def test_it(docker_client): pass\n")
    output = suite.run("--docker-target", "unix:///no/such.sock")
    assert "EngineUnreachable" in output
    assert "1 error" in output
