"""container(): one container, field by field as docker inspect shows it."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from ml_nexus_go import ContainerConfig, ContainerDetails, ContainerNotFound, DockerClient, InvalidArgument

from .support.bed import Engine
from .support.names import Names

pytestmark = pytest.mark.by_turns

OPTIONS = [
    *["--env", "A=b=c d", "--env", "EMPTY=", "--workdir", "/tmp", "--user", "1000:1000", "--hostname", "here", "-i"],
    *["--stop-signal", "SIGINT", "--stop-timeout", "7", "--memory", "64m", "--cpus", "1.5", "--pids-limit", "50"],
    *["--shm-size", "16m", "--read-only", "--init", "--cap-add", "NET_ADMIN", "--cap-drop", "CHOWN"],
    *["--security-opt", "no-new-privileges", "--restart", "on-failure:3", "--volume", "/tmp:/here:ro", "--pid", "host"],
    *["--ipc", "shareable", "--log-driver", "local", "--health-cmd", "true", "--entrypoint", "sleep"],
]


def inspect(engine: Engine, name: str) -> dict[str, Any]:
    """What docker inspect prints."""
    [said] = json.loads(engine.docker("inspect", name).stdout)
    assert isinstance(said, dict)
    return said


def text_of(time: datetime | None) -> str:
    """A time as the engine writes it, to the microsecond."""
    return time.isoformat(timespec="microseconds")[:26] if time else "0001-01-01T00:00:00.000000"


def padded(text: str) -> str:
    """The engine's time, to the microsecond: it leaves out zeros at the end."""
    second, _, fraction = text.removesuffix("Z").partition(".")
    return f"{second}.{fraction:0<6.6}"


def check(view: ContainerDetails, said: dict[str, Any]) -> None:
    """Compare each field with what docker inspect prints."""
    state, config, host = said["State"], said["Config"], said["HostConfig"]
    assert (view.id, "/" + view.name) == (said["Id"], said["Name"])
    assert (view.image, view.image_id) == (config["Image"], said["Image"])
    assert text_of(view.created) == padded(said["Created"])
    assert (view.state, view.status) == (state["Status"], state["Status"])
    assert view.health == (state["Health"]["Status"] if "Health" in state else None)
    assert view.labels == config["Labels"]
    assert (view.pid or 0, view.exit_code, view.oom_killed) == (state["Pid"], state["ExitCode"], state["OOMKilled"])
    assert (view.error, view.restart_count) == (state["Error"], said["RestartCount"])
    assert text_of(view.started_at) == padded(state["StartedAt"])
    assert text_of(view.finished_at) == padded(state["FinishedAt"])
    assert [mount.source for mount in view.mounts] == [mount["Source"] for mount in said["Mounts"]]
    assert view.raw["Id"] == said["Id"]

    assert list(view.config.command) == (config["Cmd"] or [])
    assert list(view.config.entrypoint) == (config["Entrypoint"] or [])
    assert [f"{key}={value}" for key, value in view.config.env.items()] == config["Env"]
    assert (view.config.working_dir, view.config.user) == (config["WorkingDir"], config["User"])
    assert (view.config.hostname, view.config.tty) == (config["Hostname"], config["Tty"])
    assert view.config.open_stdin == config["OpenStdin"]
    assert (view.config.stop_signal, view.config.stop_timeout) == (config.get("StopSignal"), config.get("StopTimeout"))

    limits = view.host_config
    assert (view.network_mode, limits.network_mode) == (host["NetworkMode"], host["NetworkMode"])
    policy = host["RestartPolicy"]
    assert (limits.restart_policy, limits.restart_retries) == (policy["Name"], policy["MaximumRetryCount"])
    assert (limits.auto_remove, limits.privileged) == (host["AutoRemove"], host["Privileged"])
    assert (limits.read_only, limits.init) == (host["ReadonlyRootfs"], host.get("Init"))
    assert (limits.memory or 0, round((limits.cpus or 0) * 1e9)) == (host["Memory"], host["NanoCpus"])
    assert (limits.pids_limit, limits.shm_size) == (host["PidsLimit"] or None, host["ShmSize"])
    for field, key in (
        ("binds", "Binds"),
        ("cap_add", "CapAdd"),
        ("cap_drop", "CapDrop"),
        ("security_opt", "SecurityOpt"),
    ):
        assert list(getattr(limits, field)) == (host[key] or []), field
    assert (limits.pid_mode, limits.ipc_mode) == (host["PidMode"], host["IpcMode"])
    assert (limits.runtime, limits.log_driver) == (host["Runtime"], host["LogConfig"]["Type"])


async def test_each_field_is_that_of_docker_inspect(
    client: DockerClient, engine: Engine, name: Names, image: str
) -> None:
    plain, full = name(), name()
    engine.docker("run", "-d", "--name", plain, image, "sleep", "3600")
    engine.docker("run", "-d", "--name", full, *OPTIONS, image, "3600")
    engine.docker("exec", full, "true")
    for mine in (plain, full):
        check(await client.container(mine), inspect(engine, mine))
    view = await client.container(full)
    assert view.config.env["A"] == "b=c d"
    assert view.config.env["EMPTY"] == ""
    assert (view.config.command, view.config.entrypoint) == (("3600",), ("sleep",))
    limits = view.host_config
    assert (limits.memory, limits.cpus, limits.pids_limit, limits.shm_size) == (64 << 20, 1.5, 50, 16 << 20)
    assert (limits.restart_policy, limits.restart_retries, limits.init) == ("on-failure", 3, True)
    assert (await client.container(plain)).host_config.memory is None
    assert (await client.container(view.id)).name == full
    engine.docker("rm", "-f", full)


async def test_a_life_from_its_creation_to_its_end(
    client: DockerClient, engine: Engine, name: Names, image: str
) -> None:
    mine = name()
    engine.docker("create", "--name", mine, image, "sh", "-c", "exit 3")
    view = await client.container(mine)
    check(view, inspect(engine, mine))
    assert (view.state, view.pid, view.started_at, view.finished_at) == ("created", None, None, None)
    await client.start_container(mine)
    await client.wait_container(mine)
    view = await client.container(mine)
    check(view, inspect(engine, mine))
    assert (view.state, view.exit_code, view.pid) == ("exited", 3, None)
    assert view.started_at is not None
    assert view.finished_at is not None
    # Engine 20.10 notes the start of a short process after its end.
    assert view.created < min(view.started_at, view.finished_at)
    assert max(view.started_at, view.finished_at) <= datetime.now(timezone.utc)


async def test_why_a_container_did_not_start(client: DockerClient, engine: Engine, name: Names, image: str) -> None:
    mine = name()
    engine.docker("run", "--name", mine, image, "no-such-command", check=False)
    view = await client.container(mine)
    check(view, inspect(engine, mine))
    assert view.exit_code == 127
    assert "no-such-command" in view.error


async def test_a_network_with_aliases(client: DockerClient, engine: Engine, name: Names, image: str) -> None:
    mine, network = name(), name()
    engine.docker("network", "create", network)
    try:
        engine.docker(
            "run", "-d", "--name", mine, "--network", network, "--network-alias", "db", image, "sleep", "3600"
        )
        view = await client.container(mine)
        said = inspect(engine, mine)["NetworkSettings"]["Networks"][network]
        there = view.networks[network]
        assert "db" in there.aliases
        assert list(there.aliases) == said["Aliases"]
        assert (there.ip_address, there.gateway) == (said["IPAddress"], said["Gateway"])
        engine.docker("rm", "-f", mine)
    finally:
        engine.docker("network", "rm", network)


async def test_a_container_that_does_not_exist(client: DockerClient, name: Names) -> None:
    missing = name()
    with pytest.raises(ContainerNotFound, match=missing) as failure:
        await client.container(missing)
    assert failure.value.op == "container"
    for wrong in ("", "../info", 5):
        with pytest.raises(InvalidArgument):
            await client.container(wrong)  # type: ignore[arg-type]


def test_no_variable_is_shown() -> None:
    config = ContainerConfig(("9",), ("sleep",), {"TOKEN": "s3cret"}, "/tmp", "root", "here", False, False, None, None)
    assert config.env == {"TOKEN": "s3cret"}
    assert repr(config).startswith("ContainerConfig(command=('9',), entrypoint=('sleep',), working_dir='/tmp'")
