"""What a script leaves in $RUN_RESULT_DIR is never lost, however the script, or what follows it, ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from ml_nexus_go import CommandFailed, ConnectionLost, DockerError, PermissionDenied
from ml_nexus_go.environments import ScriptRunContext

from ..support.bed import Engine
from ..support.proxy import Proxy
from ..support.wait import until
from .conftest import Project, _project
from .standins import import_ml_nexus

KINDS = ["host_environment", "from_schematics", "persistent"]
CHECKPOINT = 'echo 7 >"$RUN_RESULT_DIR/checkpoint"'
WAITING = f"{CHECKPOINT}; touch /tmp/started; until [ -e /tmp/go ]; do sleep 0.05; done"


class Run:
    """A context with one upload, and what a run leaves behind."""

    def __init__(self, project: Project, kind: str, environment: Any) -> None:
        self.project, self.kind, self.environment = project, kind, environment
        project.local.joinpath("in.txt").write_text("content")
        self.context = environment.run_context().with_upload(project.local / "in.txt")
        self.results = project.local / "results"

    def saved(self) -> list[str]:
        return [path.read_text() for path in self.results.glob("*/checkpoint")]

    def left(self) -> list[str]:
        """Return the files that are left on the host, or in the container."""
        if self.kind != "persistent":
            folder = self.project.host / "resources"
            return sorted(path.name for path in folder.rglob("*") if path.is_file())
        words = ["exec", self.container(), "sh", "-c", "cd /resources; find . -type f"]
        return str(self.docker(*words).stdout).split()

    def container(self) -> str:
        return str(self.project.containers()[0]["Id"])

    def docker(self, *words: str) -> Any:
        return self.project.place.docker(*words)

    async def started(self, script: str = WAITING) -> asyncio.Task[Any]:
        """Start a script, and return its task when the checkpoint is there."""
        task: asyncio.Task[Any] = asyncio.ensure_future(self.context.run_script(script))

        def is_there() -> bool:
            if task.done():
                task.result()
            rows = self.project.containers()
            listing = ["exec", rows[0]["Id"], "ls", "/tmp"] if rows else []
            return bool(rows) and "started" in self.project.place.docker(*listing, check=False).stdout

        await until(is_there, "the script writes its checkpoint")
        return task

    def go_on(self) -> None:
        self.docker("exec", self.container(), "touch", "/tmp/go")


@pytest.fixture(params=KINDS)
async def run(request: pytest.FixtureRequest, local_project: Project) -> Run:
    """On each kind of environment."""
    return Run(local_project, request.param, await getattr(local_project, request.param)())


@pytest.mark.parametrize("kind", KINDS)
async def test_of_a_failing_script_they_are_downloaded_and_the_error_says_where(project: Project, kind: str) -> None:
    run = Run(project, kind, await getattr(project, kind)())
    with pytest.raises(CommandFailed) as caught:
        await run.context.run_script(f"{CHECKPOINT}; exit 3")
    assert caught.value.exit_code == 3
    assert run.saved() == ["7\n"]
    [folder] = run.results.iterdir()
    assert caught.value.details["results"] == str(folder)
    assert f"its results are in {folder}" in str(caught.value)
    assert run.left() == []


async def test_a_failing_script_without_results_leaves_no_folder(run: Run) -> None:
    with pytest.raises(CommandFailed) as caught:
        await run.context.run_script("exit 3")
    assert "results" not in str(caught.value)
    assert list(run.results.iterdir()) == []
    assert run.left() == []


async def test_a_download_that_fails_leaves_them_there(run: Run) -> None:
    task = await run.started()
    run.results.rmdir()
    run.results.write_text("a file is in the way")
    run.go_on()
    with pytest.raises((DockerError, OSError)) as caught:
        await task
    assert isinstance(caught.value, DockerError)
    where = f"{run.project.host}/resources/tmp/"
    assert f"ended well, and its results are still in {where}" in str(caught.value)
    remote = Path(caught.value.details["remote_results"])
    assert [Path(name).name for name in run.left()] == ["checkpoint"]
    run.results.unlink()
    run.results.mkdir()
    await run.context.download_remote(remote, run.results / "by hand")
    assert run.saved() == ["7\n"]


async def test_a_script_that_fails_and_whose_download_fails(run: Run) -> None:
    task = await run.started(f"{WAITING}; exit 5")
    run.results.rmdir()
    run.results.write_text("a file is in the way")
    run.go_on()
    with pytest.raises(CommandFailed, match=r"its results are still in .* downloading them failed") as caught:
        await task
    assert caught.value.exit_code == 5
    assert [Path(name).name for name in run.left()] == ["checkpoint"]


async def test_of_a_cancelled_script_they_are_saved(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    task = await run.started()
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert run.saved() == ["7\n"]
    [folder] = run.results.iterdir()
    said = f"its results are in {folder}"
    assert said in caplog.text
    assert said in getattr(caught.value, "__notes__", [said])
    assert run.left() == []


async def test_of_a_script_that_takes_too_long_they_are_saved(run: Run) -> None:
    task = await run.started()
    with pytest.raises((TimeoutError, asyncio.TimeoutError)):
        await asyncio.wait_for(task, 0.01)
    assert run.saved() == ["7\n"]
    assert run.left() == []


async def test_a_task_that_is_cancelled_at_each_turn_saves_them(run: Run) -> None:
    task = await run.started()

    async def cancel_always() -> None:
        while not task.done():
            task.cancel()
            await asyncio.sleep(0)

    await cancel_always()
    assert task.cancelled()
    assert run.saved() == ["7\n"]


async def test_a_scope_of_anyio_that_ends_while_it_cleans_up_gets_its_own_cancellation(run: Run) -> None:
    """Nothing is left, and the scope catches its own cancellation."""
    delete = run.context.delete_remote
    with anyio.CancelScope() as scope:

        async def cancelled_meanwhile(path: Path) -> None:
            scope.cancel()
            await delete(path)

        run.context.delete_remote = cancelled_meanwhile
        await run.context.run_script(CHECKPOINT)
    assert scope.cancelled_caught
    assert run.saved() == ["7\n"]
    assert run.left() == []


async def test_a_cleaning_that_fails_is_a_warning(local_project: Project, caplog: pytest.LogCaptureFixture) -> None:
    run = Run(local_project, "persistent", await local_project.persistent())
    done = await run.context.run_script(f"{CHECKPOINT}; rm /usr/bin/rm")
    assert (done.result_path / "checkpoint").read_text() == "7\n"
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 2
    assert all(" is left in /tmp/mlng-host" in text and "rm" in text for text in warnings)


async def test_a_cleaning_that_fails_hides_no_failure(local_project: Project) -> None:
    run = Run(local_project, "persistent", await local_project.persistent())
    with pytest.raises(CommandFailed) as caught:
        await run.context.run_script(f"{CHECKPOINT}; rm /usr/bin/rm; exit 9")
    assert caught.value.exit_code == 9
    assert run.saved() == ["7\n"]


async def test_a_container_that_is_gone_is_not_started_again(local_project: Project) -> None:
    run = Run(local_project, "persistent", await local_project.persistent(durable=False))
    task = await run.started()
    await run.environment.stop()
    with pytest.raises(CommandFailed):
        await task
    assert local_project.containers() == []
    assert run.saved() == ["7\n"]
    run.kind = "on the host"
    assert run.left() == []


async def test_an_upload_that_fails_deletes_the_others(local_project: Project) -> None:
    run = Run(local_project, "host_environment", await local_project.host_environment())
    missing = run.context.with_upload(local_project.local / "missing.txt")
    with pytest.raises((DockerError, OSError), match=r"missing\.txt"):
        await missing.run_script(CHECKPOINT)
    assert run.left() == []
    assert local_project.containers() == []


async def test_a_local_folder_that_cannot_be_made_is_an_error_before_the_script(local_project: Project) -> None:
    run = Run(local_project, "host_environment", await local_project.host_environment())
    run.results.write_text("a file is in the way")
    with pytest.raises((OSError, PermissionDenied)):
        await run.context.run_script(CHECKPOINT)
    assert local_project.containers() == []


@pytest.fixture
def cut_project(tmp_path: Path, proxy: Proxy) -> Iterator[Project]:
    """On the current engine, over a connection that the test can cut."""
    for made in _project(Engine("engine-new", "ssh"), tmp_path):
        made.ssh_config = proxy.config
        made.more_options = {"reconnect_timeout": 2.0}
        yield made


async def test_what_may_still_run_keeps_everything(cut_project: Project, proxy: Proxy) -> None:
    run = Run(cut_project, "persistent", await cut_project.persistent())
    task = await run.started()
    proxy.cut()
    with pytest.raises(ConnectionLost, match="may still run: its results will be in /tmp/mlng-host") as caught:
        await task
    proxy.mend()
    assert len(run.left()) == 2
    run.go_on()
    client = cut_project.place.connect()
    async with client:
        result = await client.reattach_exec(run.container(), caught.value.details["exec_id"])
        assert result.exit_code == 0
        remote = f"{caught.value.details['remote_results']}/."
        await client.copy_from_container(run.container(), remote, run.results / "by hand")
    assert run.saved() == ["7\n"]


async def test_it_is_the_same_where_ml_nexus_was_imported(
    local_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = import_ml_nexus(monkeypatch)
    run = Run(local_project, "persistent", await local_project.persistent())
    assert isinstance(run.context, foreign.ScriptRunContext)
    assert isinstance(run.context, ScriptRunContext)
    done = await run.context.run_script(CHECKPOINT)
    assert type(done) is foreign.ScriptRunResult
    assert (done.result_path / "checkpoint").read_text() == "7\n"
    with pytest.raises(foreign.CommandException, match="its results are in"):
        await run.context.run_script(f"{CHECKPOINT}; exit 3")
    assert run.saved() == ["7\n", "7\n"]
    assert run.left() == []
