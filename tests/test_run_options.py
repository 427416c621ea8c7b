"""The options of docker run, parsed by docker's own parser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import DockerClient, EngineError, InvalidArgument

from .conftest import Connect
from .support.bed import Engine
from .support.names import Names
from .support.wait import until

pytestmark = pytest.mark.by_turns


@pytest.mark.parametrize(
    "options",
    [
        ["--rm", "-e", "A=b c", "-e", "B=2", "-w", "/tmp", "--user", "1000"],
        ["-e", "A=b c", "-e B=2 -w /tmp", "--user=1000 --rm"],
        "--rm -e 'A=b c' -eB=2 --workdir=/tmp -u 1000",
        ["--rm", "--env=A=b c", "--env", "B=2", "-w=/tmp", "--user", "1000"],
    ],
    ids=["words", "mixed", "text", "equals"],
)
async def test_separate_and_joined_words(client: DockerClient, image: str, options: Any) -> None:
    result = await client.run_container(image, 'echo "$A|$B|$PWD|$(id -u)"', options, shell=True)
    assert result == "b c|2|/tmp|1000\n"


async def test_what_the_engine_was_told(client: DockerClient, engine: Engine, image: str, name: Names) -> None:
    mine = name()
    options = ["-d", "--name", mine, "--hostname", "box", "--ulimit", "nofile=100:200", "--shm-size=10m"]
    options += ["--memory", "64m", "--cpus=0.5", "--network", "none", "--label", "a=b", "--cap-drop", "ALL"]
    options += ["--restart", "on-failure:3", "--init", "--tmpfs", "/scratch:size=1m", "--read-only"]
    options += ["--health-cmd", "true", "--health-interval", "1h", "--health-retries=2", "--pids-limit", "50"]
    options += [
        "--add-host",
        "other:10.0.0.1",
        "--stop-signal",
        "SIGINT",
        "--log-opt",
        "max-size=1m",
        "--entrypoint",
        "",
    ]
    await client.run_container(image, ["sleep", "3600"], options)
    about = engine.api_get(f"/containers/{mine}/json")
    host, config = about["HostConfig"], about["Config"]
    assert (config["Hostname"], config["StopSignal"], config["Labels"]["a"]) == ("box", "SIGINT", "b")
    assert config["Healthcheck"]["Test"] == ["CMD-SHELL", "true"]
    assert (config["Healthcheck"]["Interval"], config["Healthcheck"]["Retries"]) == (3600 * 10**9, 2)
    assert host["Ulimits"] == [{"Name": "nofile", "Hard": 200, "Soft": 100}]
    assert (host["ShmSize"], host["Memory"], host["NanoCpus"]) == (10 << 20, 64 << 20, 500_000_000)
    assert (host["NetworkMode"], host["CapDrop"], host["PidsLimit"]) == ("none", ["ALL"], 50)
    assert host["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 3}
    assert (host["Init"], host["ReadonlyRootfs"], host["ExtraHosts"]) == (True, True, ["other:10.0.0.1"])
    assert (host["Tmpfs"], host["LogConfig"]["Config"]["max-size"]) == ({"/scratch": "size=1m"}, "1m")
    assert host["AutoRemove"] is False


async def test_the_engine_is_told_what_docker_would_tell_it(
    client: DockerClient, engine: Engine, image: str, name: Names
) -> None:
    options = [
        "-d",
        "-p",
        "127.0.0.1::80",
        "--expose",
        "90",
        "-v",
        "/data",
        "--mount",
        "type=tmpfs,dst=/t,tmpfs-size=1m",
    ]
    options += [
        "--device",
        "/dev/null:/dev/nothing",
        "--security-opt",
        "no-new-privileges",
        "--sysctl",
        "net.core.somaxconn=99",
    ]
    options += [
        "--dns",
        "10.0.0.2",
        "--group-add",
        "7",
        "--ipc",
        "private",
        "--oom-score-adj",
        "5",
        "--cpuset-cpus",
        "0",
    ]
    ours, theirs = name("ours"), name("theirs")
    await client.run_container(image, ["sleep", "3600"], [*options, "--name", ours])
    engine.docker("run", *options, "--name", theirs, image, "sleep", "3600")
    about = [engine.api_get(f"/containers/{one}/json") for one in (ours, theirs)]
    for one in about:
        one["Config"].pop("Hostname")
        one["Config"]["Labels"] = {k: v for k, v in one["Config"]["Labels"].items() if not k.startswith("ml-nexus-go.")}
    assert about[0]["HostConfig"] == about[1]["HostConfig"]
    assert about[0]["Config"] == about[1]["Config"]


async def test_environment_files_and_names(
    client: DockerClient, connect_to: Connect, image: str, tmp_path: Path
) -> None:
    (tmp_path / "my env").write_text("# a comment\nA=from file\nB\nC=\n")
    other = connect_to(environ={"B": "from environ", "D": "given", "HOME": "/"})
    options = ["--rm", "--env-file", str(tmp_path / "my env"), "-e", "D", "-e", "UNSET_ONE"]
    result = await other.run_container(image, 'echo "$A|$B|$C|$D|${UNSET_ONE-unset}"', options, shell=True)
    assert result == "from file|from environ||given|unset\n"


async def test_a_missing_environment_file(client: DockerClient, image: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"no-such\.env"):
        await client.run_container(image, ["true"], ["--rm", "--env-file", str(tmp_path / "no-such.env")])


async def test_volumes_relative_and_with_spaces(
    client: DockerClient, image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my data").mkdir()
    (tmp_path / "my data" / "f").write_text("content")
    monkeypatch.chdir(tmp_path)
    for options in (
        ["--rm", "-v", f"{tmp_path}/my data:/data"],
        ["--rm", "-v", "./my data:/data:ro"],
        [f"--rm -v '{tmp_path}/my data:/data'"],
        ["--rm", "--mount", f"type=bind,src={tmp_path}/my data,dst=/data"],
        f"--rm --volume='{tmp_path}/my data':/data",
    ):
        assert await client.run_container(image, ["cat", "/data/f"], options) == "content", options


async def test_a_mount_of_a_folder_that_is_missing(client: DockerClient, image: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="does not exist"):
        await client.run_container(image, ["true"], ["--rm", "--mount", f"type=bind,src={tmp_path}/none,dst=/data"])


async def test_cidfile(client: DockerClient, image: str, tmp_path: Path) -> None:
    file = tmp_path / "id"
    result = await client.run_container(image, ["true"], ["--rm", "--cidfile", str(file)])
    assert file.read_text() == result.container_id
    with pytest.raises(InvalidArgument, match="container ID file"):
        await client.run_container(image, ["true"], ["--rm", "--cidfile", str(file)])


async def test_detached_gives_the_id(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    result = await client.run_container(image, ["sleep", "3600"], ["-d", "--name", mine])
    assert result == result.container_id
    assert (await client.inspect_container(mine))["Id"] == result
    assert await client.container_is_running(mine)


async def test_detached_with_rm(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    await client.run_container(image, ["sleep", "3600"], ["-d", "--rm", "--name", mine])
    assert await client.container_is_running(mine)
    await client.kill_container(mine)

    async def gone() -> bool:
        return not await client.container_exists(mine)

    await until(gone, "the engine's removal")


async def test_no_gpu_is_an_error_and_leaves_nothing(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    with pytest.raises(EngineError, match=r"could not select device driver|GPU vendor"):
        await client.run_container(image, ["true"], ["--rm", "--gpus", "all", "--name", mine])
    assert not await client.container_exists(mine)


async def test_platform(client: DockerClient, engine: Engine, image: str) -> None:
    architecture = engine.api_get("/version")["Arch"]
    assert await client.run_container(image, ["echo", "y"], ["--rm", "--platform", f"linux/{architecture}"]) == "y\n"
    with pytest.raises(InvalidArgument):
        await client.run_container(image, ["true"], ["--rm", "--platform", "no/such/platform/at/all"])


async def test_pull_never(client: DockerClient, image: str) -> None:
    assert await client.run_container(image, ["echo", "y"], ["--rm", "--pull", "never"]) == "y\n"
    with pytest.raises(InvalidArgument, match="pull"):
        await client.run_container(image, ["true"], ["--rm", "--pull", "perhaps"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--no-such-option"], "unknown flag: --no-such-option"),
        (["-Z"], "unknown shorthand flag: 'Z'"),
        (["--memory", "lots"], "lots"),
        (["--name"], "flag needs an argument: --name"),
        (["--ulimit", "nofile"], "invalid ulimit"),
        (["-v", ":::"], "invalid"),
        (["-p", "99999999:1"], "ort"),
        (["--network", "host", "-p", "x"], "x"),
        (["--rm", "--restart", "always"], "--restart and --rm"),
        (["--mount", "type=nonsense"], "type"),
        (["-e", "A=b\x00c"], "NUL"),
        (["--cpus", "x"], "x"),
        (["stray"], "stray"),
        (["--gpus", "count=x"], "count"),
        (["--label-file", "/no/such/file"], "/no/such/file"),
        (["--help"], "--help"),
        (["-e 'A=b"], "quote"),
        (["-d", "-a", "stdout"], "--attach"),
        (["--add-host", "x"], "x"),
        (["--device-cgroup-rule", "x"], "x"),
        (["--health-cmd", "true", "--no-healthcheck"], "health"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
async def test_a_bad_option_is_refused_with_the_parsers_message_and_nothing_is_made(
    client: DockerClient, engine: Engine, image: str, name: Names, options: list[str], says: str
) -> None:
    mine = name()
    with pytest.raises(InvalidArgument, match=says.replace("[", r"\[")) as failure:
        await client.run_container(image, ["true"], ["--name", mine, *options])
    assert "See 'docker run --help'" not in str(failure.value)
    assert not await client.container_exists(mine)


@pytest.mark.engines("old")
async def test_an_option_that_the_engine_is_too_old_for(client: DockerClient, image: str, name: Names) -> None:
    mine = name()
    options = ["--name", mine, "--annotation", "a=b"]
    with pytest.raises(InvalidArgument, match=r"--annotation needs API version 1\.43, but this engine's is 1\.41"):
        await client.run_container(image, ["true"], options)
    assert not await client.container_exists(mine)
