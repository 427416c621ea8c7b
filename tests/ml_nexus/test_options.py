"""Options that users of ml_nexus give, on each environment."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ml_nexus_go import CommandFailed, InvalidArgument, RunOptions
from ml_nexus_go.environments._options import given

from ..support.wait import until
from .conftest import Project

KINDS = ["host_environment", "from_schematics", "persistent"]
RUNNING = ["host_environment", "from_schematics"]  # a container for each script
TTY = 'echo one; echo two >&2; if [ -t 1 ]; then echo a terminal; fi; read x || echo "no input"'


def output(result: Any) -> str:
    """Return what the script itself printed."""
    text = str(result).replace("\r\n", "\n")
    return text.partition("END  SCRIPT ======\n")[2].partition("Base64 encoded")[0]


def states(project: Project) -> list[str]:
    return [str(row["State"]) for row in project.containers()]


async def made(project: Project, kind: str, *options: str, **fields: Any) -> Any:
    return await getattr(project, kind)(docker_options=[*options], **fields)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("options", "script", "printed"),
    [
        (["--user", "1000:1000"], "id -u", "1000\n"),
        (["-u 65534"], "id -u", "65534\n"),
        (["--workdir", "/var/tmp"], "pwd", "/var/tmp\n"),
        (["-w=/var/tmp"], "pwd", "/var/tmp\n"),
        (["--init"], "cat /proc/1/comm", "docker-init\n"),
        (["--read-only"], "touch /file 2>&1 | cut -d: -f3", " Read-only file system\n"),
        (["--entrypoint", "env"], "echo here", "here\n"),
        (["--entrypoint="], "echo here", "here\n"),
        (["--entrypoint", ""], "echo here", "here\n"),
        (["--entrypoint", "bash"], "echo here $BASH", "here /usr/bin/bash\n"),
        (["--entrypoint=/bin/sh"], "echo here $BASH", "here /usr/bin/bash\n"),
        (["--entrypoint env -e A=1"], "echo $A", "1\n"),
        (["--network", "none"], "ls /sys/class/net", "lo\n"),
        (["--net=none"], "ls /sys/class/net", "lo\n"),
        (["--shm-size", "64m"], "df -m /dev/shm | tail -1 | tr -s ' ' | cut -d' ' -f2", "64\n"),
        (["-i"], "read x || echo 'no input'", "no input\n"),
        (["--interactive"], "echo here", "here\n"),
        (["--cap-drop", "ALL", "--ulimit nofile=99:99", "--ipc=host"], "ulimit -n", "99\n"),
        (["--tmpfs", "/x", "--hostname", "box", "--security-opt=no-new-privileges"], "hostname; ls /x", "box\n"),
        (["--label", "-t", "--env", "-d", "-e", "A=--detach -t"], 'echo "$A"', "--detach -t\n"),
        (["--tty=false", "-d=false", "--detach=false", "-t=0"], "[ -t 1 ] || echo none", "none\n"),
    ],
)  # fmt: skip
async def test_an_option(local_project: Project, kind: str, options: list[str], script: str, printed: str) -> None:
    more = {"network": "bridge"} if "--hostname" in options else {}
    if kind != "host_environment" and more:
        options = [*options, "--net=bridge"]
        more = {}
    environment = await made(local_project, kind, *options, **more)
    assert output(await environment.run_script(script)) == printed
    if kind == "persistent":
        await environment.stop()
    assert local_project.containers() == []


@pytest.mark.parametrize("kind", KINDS)
async def test_typed_options(local_project: Project, kind: str) -> None:
    options = RunOptions(
        env={"A": "$HOME ~ -d --rm", "B": "'quoted'  `twice`"}, workdir="/var/tmp", init=True, tmpfs={"/x": None}
    )
    environment = await getattr(local_project, kind)(docker_options=options)
    result = await environment.run_script('echo "$A|$B"; pwd; cat /proc/1/comm; ls -d /x')
    assert output(result) == "$HOME ~ -d --rm|'quoted'  `twice`\n/var/tmp\ndocker-init\n/x\n"


@pytest.mark.parametrize("kind", RUNNING)
@pytest.mark.parametrize("options", [["-t"], ["-it"], ["--tty"], ["-i -t"], ["--tty=true", "--interactive"]])
async def test_a_terminal(project: Project, kind: str, options: list[str]) -> None:
    environment = await made(project, kind, *options)
    result = await environment.run_script(TTY)
    assert output(result) == "one\ntwo\na terminal\nno input\n"
    assert result.stderr == ""
    assert result.stdout.startswith("Running base64 encoded script...\r\n")
    with pytest.raises(CommandFailed) as caught:
        await environment.run_script("echo before; exit 42")
    assert caught.value.code == 42
    assert "before\r\n" in caught.value.stdout
    assert project.containers() == []


@pytest.mark.parametrize("option", ["-t", "-it", "-d", "-dit"])
async def test_a_persistent_container_with_a_terminal(project: Project, option: str) -> None:
    environment = await made(project, "persistent", option)
    result = await environment.run_script(TTY)
    assert (output(result), result.stderr) == ("one\nno input\n", "two\n")
    await environment.stop()
    assert project.containers() == []


@pytest.mark.parametrize("option", ["-it", "-d"])
async def test_a_long_script_that_stdin_cannot_bring(local_project: Project, option: str) -> None:
    environment = await made(local_project, "host_environment", option)
    filler = "\n".join([": ä" + "x" * 1000] * 400)
    result = await environment.run_script(f"{filler}\necho ready >/resources/ready\n")
    await until((local_project.host / "resources/ready").exists, "the script's file")
    assert len(result) > 400_000 or option == "-d"
    await until(lambda: not local_project.containers(), "the container's end")
    with pytest.raises(InvalidArgument, match=r"-d"):
        await environment.run_script("\n".join([filler] * 5))
    assert local_project.containers() == []


@pytest.mark.parametrize("kind", RUNNING)
@pytest.mark.parametrize("option", ["-d", "--detach", "-dt", "--rm -id"])
async def test_detached_the_script_runs_and_its_container_is_named(project: Project, kind: str, option: str) -> None:
    environment = await made(project, kind, option)
    result = await environment.run_script(
        "until [ -e /resources/go ]; do sleep 0.1; done; echo 7 >/resources/done; exit 9"
    )
    [container] = project.containers()
    assert result == container["Id"]
    assert (result.exit_code, container["State"]) == (0, "running")
    (project.host / "resources/go").touch()
    await until((project.host / "resources/done").exists, "the script's file")
    await until(lambda: not project.containers(), "the container's end")


@pytest.mark.parametrize("kind", RUNNING)
async def test_a_container_that_is_to_stay(local_project: Project, kind: str) -> None:
    environment = await made(local_project, kind, "--rm=false")
    assert output(await environment.run_script("echo here")) == "here\n"
    [container] = local_project.containers()
    await until(lambda: states(local_project) == ["exited"], "the container's end")
    local_project.place.docker("rm", container["Id"])


async def test_a_persistent_container_that_is_to_stay(local_project: Project) -> None:
    environment = await made(local_project, "persistent", "--rm=false")
    assert output(await environment.run_script("echo here")) == "here\n"
    local_project.place.docker("kill", environment.container_name)
    await until(lambda: states(local_project) == ["exited"], "the container's end")
    assert output(await environment.run_script("echo again")) == "again\n"
    await environment.stop()
    assert local_project.containers() == []


@pytest.mark.parametrize("kind", RUNNING)
async def test_results_need_the_end_of_a_script(local_project: Project, kind: str) -> None:
    environment = await made(local_project, kind, "-d")
    with pytest.raises(InvalidArgument, match="-d"):
        await environment.run_context().run_script("true")
    assert local_project.containers() == []


@pytest.mark.parametrize(
    "options", [["--read-only"], ["--user", "1000"], ["--read-only", "--tmpfs", "/tmp", "-u", "1"]]
)
async def test_a_persistent_container_runs_long_and_short_scripts(project: Project, options: list[str]) -> None:
    environment = await made(project, "persistent", *options)
    filler = "\n".join([": " + "x" * 1000] * 200)
    for script in ("echo here", f"{filler}\necho here"):
        assert output(await environment.run_script(script)) == "here\n"


async def test_switches_are_those_of_docker(local_project: Project) -> None:
    """A switch that is not known as one would swallow the next option."""
    text = local_project.place.docker("run", "--help").stdout
    flags = re.findall(r"^ +(?:-\w, )?--([\w-]+)(?: (\w+))?(?:  |$)", text, re.MULTILINE)
    assert len(flags) > 90
    for name, value in flags:
        if name == "help":
            continue
        read = await given([f"--{name}", "--label=next"])
        assert ("label" in read) is (not value or name == "label"), name


@pytest.mark.parametrize(
    ("options", "stdin"),
    [
        ([], True),
        (["-e", "-t", "--name", "-d"], True),
        (["-it"], False),
        (["-itv", "/a:/b"], False),
        (["-v/a:/b -d"], False),
        (["-vit", "-w", "-t"], True),
        (["--tty=false"], True),
        (["-t", "--tty=false"], True),
        (["-a", "stdout"], False),
        (["--entrypoint", "-t x"], True),
        (["-e", "ARGS=-a -t b"], True),
        (["--rm", "-P", "--gpus", "all", "-dq"], False),
    ],
)
async def test_when_a_script_comes_by_stdin(options: list[str], stdin: bool) -> None:
    assert (await given(options)).takes_stdin is stdin
