"""RunOptions, ExecOptions, BuildOptions and UpdateOptions. What docker makes of each keyword: tools/wire."""

from __future__ import annotations

import copy
import enum
import inspect
import pickle
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import ml_nexus_go
from ml_nexus_go import BuildOptions, DockerClient, ExecOptions, InvalidArgument, RunOptions, UpdateOptions

from .support.bed import Engine
from .support.names import Names
from .support.program import printed

pytestmark = pytest.mark.by_turns


def test_they_are_dockers_words() -> None:
    options = RunOptions(rm=True, gpus=[0, 1], shm_size="16g", volume={"/data": "/data"}, env={"A": "b c"})
    words = ["--env", "A=b c", "--gpus", '"device=0,1"', "--rm", "--shm-size", "16g", "--volume", "/data:/data"]
    assert list(options) == words
    assert (len(options), options[1], options[-2:], "--rm" in options) == (9, "A=b c", tuple(words[-2:]), True)
    assert [*options, "-d"] == [*words, "-d"]
    assert not RunOptions()
    assert not RunOptions(env={}, gpus=[], volume=[], rm=None)


def test_they_are_values() -> None:
    one, same, other = RunOptions(env={"A": 1}), RunOptions(env=["A=1"]), RunOptions(env={"A": 2})
    assert one == same
    assert one != other
    assert ExecOptions(env=["A=1"]) != one
    assert len({one, same, other}) == 2
    assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == one
    assert (RunOptions.__module__, RunOptions.__doc__ is not None) == ("ml_nexus_go", True)


class Platform(str, enum.Enum):
    ARM = "linux/arm64"


class Shares(int, enum.Enum):
    FEW = 2


def test_members_of_enumerations_stand_for_their_values() -> None:
    run = RunOptions(platform=Platform.ARM, cpu_shares=Shares.FEW, env={"A": Platform.ARM, Platform.ARM: Shares.FEW})
    assert list(run) == [
        *("--cpu-shares", "2", "--env", "A=linux/arm64", "--env", "linux/arm64=2", "--platform", "linux/arm64")
    ]
    assert list(BuildOptions(platform=[Platform.ARM])) == ["--platform", "linux/arm64"]


def test_processors_are_counted_in_billionths() -> None:
    assert list(RunOptions(cpus=1 / 3)) == ["--cpus", "0.333333333"]
    assert list(UpdateOptions(cpus=0.1 + 0.2)) == ["--cpus", "0.3"]
    assert list(RunOptions(cpus=2)) == ["--cpus", "2"]


def test_what_is_shown_of_them_has_no_values() -> None:
    assert repr(RunOptions(env={"TOKEN": "s3cret"}, rm=True)) == "<RunOptions env, rm>"
    assert repr(ExecOptions()) == "<ExecOptions without any>"


@pytest.mark.parametrize(
    ("options", "keyword", "says"),
    [
        (RunOptions, "volumes", "RunOptions has no keyword 'volumes': did you mean 'volume'?"),
        (RunOptions, "shm_sise", "did you mean 'shm_size'?"),
        (
            RunOptions,
            "environment",
            "RunOptions has no keyword 'environment': the keywords are the flags of docker run",
        ),
        (ExecOptions, "volume", "ExecOptions has no keyword 'volume': the keywords are the flags of docker exec"),
        (BuildOptions, "build_args", "did you mean 'build_arg'?"),
    ],
)
def test_keywords_that_do_not_exist(options: Callable[..., object], keyword: str, says: str) -> None:
    with pytest.raises(TypeError) as caught:
        options(**{keyword: None})
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("keywords", "says"),
    [
        ({"rm": "yes"}, "rm must be True or False, not str"),
        ({"rm": 1}, "rm must be True or False, not int"),
        ({"name": 5}, "name must be a str, not int"),
        ({"workdir": b"/x"}, "workdir must be a str, not bytes"),
        ({"memory": 1.5}, "memory must be a number of bytes"),
        ({"memory": True}, "memory must be a number of bytes"),
        ({"cpus": "2"}, "cpus must be a number, not str"),
        ({"pids_limit": "5"}, "pids_limit must be an int, not str"),
        ({"health_interval": [1]}, "health_interval must be a number of seconds"),
        ({"env": {"A": ["s3cret"]}}, "env['A'] must be a str or a number, not list"),
        ({"env": {"A": True}}, "env['A'] must be a str or a number, not bool"),
        ({"env": 5.0}, "env must be a str or a list of them, not float"),
        ({"env": 5}, "env must be a str or a list of them, not int"),
        ({"label": ["a", 5]}, "each of label must be a str, not int"),
        ({"volume": 5}, "volume must be a str or a list of them, not int"),
        ({"sysctl": {"a": None}}, "sysctl['a'] must be a str or a number, not NoneType"),
        ({"cap_add": [None]}, "cap_add must be a list of str, not NoneType"),
        ({"volume": {"/a:b": "/c"}}, "volume has the path '/a:b'"),
        ({"gpus": True}, "gpus must be how many"),
        ({"gpus": [0.5]}, "gpus must be how many"),
        ({"mount": [["type=bind"]]}, "mount must be a mapping"),
        ({"mount": {"type": 1.5j}}, "mount['type'] must be a str or a number"),
        ({"ulimit": {"nofile": (1, None)}}, "ulimit['nofile'] must be a str or a number"),
        ({"publish": {80: None}}, "publish[80] must be a str or a number"),
        ({"env_file": [5]}, "env_file must be a str, not int"),
        ({"env": {None: "s3cret"}}, "a key of env must be a str, not NoneType"),
        ({"env": {"A=s3cret": None}}, "env has a key with ="),
        ({"label": {"a=s3cret": "b"}}, "label has a key with ="),
        ({"mount": {"type=s3cret": "bind"}}, "mount has a key with ="),
        ({"publish": {True: 80}}, "a key of publish must be a str, not bool"),
    ],
)
def test_values_of_a_wrong_type(keywords: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        RunOptions(**keywords)
    assert says in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_their_signatures_are_whole() -> None:
    for options in RunOptions, ExecOptions, BuildOptions, UpdateOptions:
        named = inspect.signature(options).parameters.values()
        assert {one.name for one in named} == options.kinds.keys()
        assert {one.kind for one in named} == {inspect.Parameter.KEYWORD_ONLY}
        assert all(f"``{one.name}``: " in (options.__doc__ or "") for one in named)


def test_the_package_loads_them_when_they_are_used() -> None:
    seen = printed(
        """
        import sys, ml_nexus_go
        print([name for name in sys.modules if "._options" in name])
        print(ml_nexus_go.RunOptions(rm=True)[0], "ml_nexus_go._options" in sys.modules)
        """
    )
    assert seen == "[]\n--rm True\n"


def test_completion_and_help_know_their_names() -> None:
    assert set(ml_nexus_go.__all__) <= set(dir(ml_nexus_go))


async def test_a_run(client: DockerClient, engine: Engine, image: str, name: Names, tmp_path: Path) -> None:
    folder = tmp_path / "a,b c"
    folder.mkdir()
    (folder / "file").write_text("in there\n")
    mine = name()
    options = RunOptions(
        name=mine,
        env={"A": "b  c", "QUOTED": "\"x\" '$HOME'", "DASHED": "-e X=1 --rm"},
        mount={"type": "bind", "source": folder, "target": "/in", "readonly": True},
        tmpfs={"/scratch": "size=1m"},
        memory="64m",
        shm_size=10 << 20,
        ulimit={"nofile": (100, 200)},
        health_cmd="true",
        health_interval=timedelta(hours=1),
        label={"a": "b=c", "alone": None},
        init=True,
        stop_timeout=3,
        network="none",
    )
    script = 'echo "$A|$QUOTED|$DASHED"; cat /in/file'
    result = await client.run_container(image, script, options, shell=True)
    assert result == "b  c|\"x\" '$HOME'|-e X=1 --rm\nin there\n"
    about = engine.api_get(f"/containers/{mine}/json")
    host, config = about["HostConfig"], about["Config"]
    assert (host["Memory"], host["ShmSize"], host["Init"], host["NetworkMode"]) == (64 << 20, 10 << 20, True, "none")
    assert host["Ulimits"] == [{"Name": "nofile", "Hard": 200, "Soft": 100}]
    assert (config["Labels"]["a"], config["Labels"]["alone"], config["StopTimeout"]) == ("b=c", "", 3)
    assert config["Healthcheck"]["Interval"] == 3600 * 10**9


async def test_docker_says_what_is_wrong_with_a_value(client: DockerClient, image: str) -> None:
    with pytest.raises(InvalidArgument, match="invalid size: 'much'"):
        await client.run_container(image, ["true"], RunOptions(memory="much", rm=True))


async def test_an_exec(client: DockerClient, box: str) -> None:
    options = ExecOptions(env={"A": "b c"}, workdir=Path("/tmp"), user=1000)
    assert await client.exec_container(box, 'echo "$A|$PWD|$(id -u)"', options, shell=True) == "b c|/tmp|1000\n"
    process = await client.start_exec(box, ["cat"], ExecOptions(interactive=True))
    assert process.stdin is not None
    assert await process.communicate(b"typed") == (b"typed", b"")


async def test_variables_of_the_caller(
    client: DockerClient, image: str, box: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLNG_TYPED", "of the caller")
    monkeypatch.delenv("MLNG_UNSET", raising=False)
    named = {"MLNG_TYPED": None, "MLNG_UNSET": None}
    shown = 'echo "$MLNG_TYPED|${MLNG_UNSET-unset}"'
    run = await client.run_container(image, shown, RunOptions(env=named, rm=True), shell=True)
    assert run == "of the caller|unset\n"
    assert await client.exec_container(box, shown, ExecOptions(env=named), shell=True) == run


async def test_a_build(client: DockerClient, image: str, name: Names, tmp_path: Path) -> None:
    (tmp_path / "Other file").write_text(f"FROM {image}\nARG WHO\nRUN echo hello $WHO\n")
    options = BuildOptions(
        file=tmp_path / "Other file",
        build_arg={"WHO": "you, too"},
        label={"of": "mine"},
        no_cache=True,
        tag=[name.image()],
    )
    built = await client.build_image(tmp_path, None, options)
    assert "hello you, too" in built.log
    assert (await client.image_inspect(built))["Config"]["Labels"]["of"] == "mine"
