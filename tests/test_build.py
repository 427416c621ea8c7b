"""build_image: what docker buildx build does."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import subprocess
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_nexus_go import (
    BuildEvent,
    BuildLog,
    BuildResult,
    BuildStep,
    BuildTransfer,
    BuildWarning,
    DockerClient,
    InvalidArgument,
)

from .conftest import Connect
from .support.bed import Engine
from .support.builds import context, fresh
from .support.names import Names

pytestmark = pytest.mark.by_turns

BOTH = pytest.mark.parametrize("builder", ["buildkit", "classic"])


@BOTH
async def test_the_result_is_the_tag(client: DockerClient, tmp_path: Path, name: Names, builder: str) -> None:
    tag = name.image()
    here = context(tmp_path / "c", fresh("RUN echo made >/made", "COPY given /"), given="given\n")
    result = await client.build_image(here, tag, builder=builder)
    assert isinstance(result, BuildResult)
    assert (result, result.tags, result.cached_steps) == (tag, (tag,), 0)
    assert result.steps >= 2
    assert "RUN echo made" in result.log
    assert result.duration > 0
    assert await client.image_exists(result.image_id)
    assert await client.run_container(tag, ["cat", "/made", "/given"], ["--rm"]) == "made\ngiven\n"
    again = await client.build_image(here, tag, builder=builder)
    assert again.cached_steps == again.steps
    assert again.image_id == result.image_id
    assert "CACHED" in again.log
    copy = pickle.loads(pickle.dumps(result))
    assert (copy, copy.image_id, copy.log) == (result, result.image_id, result.log)


@BOTH
async def test_options_as_words_or_joined(
    client: DockerClient, tmp_path: Path, name: Names, image: str, builder: str
) -> None:
    here = context(tmp_path / "c", f"FROM {image} AS first\nARG WHO=nobody\nRUN echo $WHO >/who\nFROM scratch\n")
    first, second = name.image("a"), name.image("b")
    joined = f" --platform linux/amd64 --build-arg WHO=me --target=first -t {second} --label about='two words'"
    result = await client.build_image(here, first, joined, builder=builder)
    assert result.tags == (first, second)
    assert await client.run_container(second, ["cat", "/who"], ["--rm"]) == "me\n"
    config = (await client.image_inspect(first))["Config"]
    assert config["Labels"]["about"] == "two words"
    words = ["--build-arg", "WHO=a b", "--target", "first", "--label", "about=x y"]
    await client.build_image(here, first, words, builder=builder)
    assert await client.run_container(first, ["cat", "/who"], ["--rm"]) == "a b\n"


async def test_a_build_argument_from_the_environment(connect_to: Connect, tmp_path: Path, name: Names) -> None:
    client = connect_to(environ={**os.environ, "MLNG_WHO": "environment"})
    here = context(
        tmp_path / "c", fresh("ARG MLNG_WHO=file", "ARG MLNG_OTHER=file", "RUN echo $MLNG_WHO $MLNG_OTHER >/w")
    )
    tag = name.image()
    await client.build_image(here, tag, ["--build-arg", "MLNG_WHO", "--build-arg", "MLNG_OTHER"])
    assert await client.run_container(tag, ["cat", "/w"], ["--rm"]) == "environment file\n"


@BOTH
async def test_a_dockerfile_elsewhere(client: DockerClient, tmp_path: Path, name: Names, builder: str) -> None:
    here = context(tmp_path / "c", fresh("RUN false"), given="x")
    other = context(tmp_path / "other", None, one__Dockerfile=fresh("COPY . /all"))
    (other / "one.Dockerfile.dockerignore").write_text("hidden\n")
    (here / "hidden").write_text("x")
    tag = name.image()
    await client.build_image(here, tag, ["-f", str(other / "one.Dockerfile")], builder=builder)
    assert await client.run_container(tag, ["ls", "-A", "/all"], ["--rm"]) == "Dockerfile\ngiven\n"
    await client.build_image(here, tag, dockerfile=fresh("COPY . /all").encode(), builder=builder)
    assert await client.run_container(tag, ["ls", "-A", "/all"], ["--rm"]) == "Dockerfile\ngiven\nhidden\n"


@BOTH
async def test_the_ignore_file(client: DockerClient, tmp_path: Path, name: Names, builder: str) -> None:
    here = context(tmp_path / "c", fresh("COPY . /all"), a__txt="a", b__log="b", keep__log="k")
    (here / "deep").mkdir()
    (here / "deep" / "c.log").write_text("c")
    (here / ".dockerignore").write_text("# text\n**/*.log\n!keep.log\nDockerfile\n.dockerignore\n")
    tag = name.image()
    await client.build_image(here, tag, builder=builder)
    assert (
        await client.run_container(tag, "find /all -type f | sort", ["--rm"], shell=True)
        == "/all/a.txt\n/all/keep.log\n"
    )


@BOTH
async def test_modes_and_symlinks_are_kept(client: DockerClient, tmp_path: Path, name: Names, builder: str) -> None:
    here = context(tmp_path / "c", fresh("COPY . /all", "COPY --chown=worker tool /tool"), tool="x")
    (here / "tool").chmod(0o750)
    (here / "link").symlink_to("tool")
    (here / "ü b").write_text("x")
    tag = name.image()
    await client.build_image(here, tag, builder=builder)
    shown = await client.run_container(
        tag, "cd /all; stat -c '%a %U' tool /tool; readlink link; cat 'ü b'", ["--rm"], shell=True
    )
    assert shown == "750 root\n750 worker\ntool\nx"


async def test_only_what_changed_is_sent(client: DockerClient, tmp_path: Path, name: Names) -> None:
    here = context(tmp_path / "c", fresh("COPY . /all"), small="x")
    (here / "large").write_bytes(os.urandom(4 << 20))
    sent: list[int] = []

    def note(event: BuildEvent) -> None:
        if isinstance(event, BuildTransfer) and event.name.startswith("transferring context") and event.done:
            sent.append(event.current)

    tag = name.image()
    await client.build_image(here, tag, on_progress=note)
    first = max(sent)
    sent.clear()
    (here / "small").write_text("other")
    await client.build_image(here, tag, on_progress=note)
    assert first > 4 << 20
    assert max(sent) < 10_000
    assert await client.run_container(tag, ["cat", "/all/small"], ["--rm"]) == "other"


async def test_events(client: DockerClient, tmp_path: Path) -> None:
    here = context(tmp_path / "c", fresh("RUN echo out; echo err >&2"))
    events: list[BuildEvent] = []
    await client.build_image(here, on_progress=events.append)
    steps = [event for event in events if isinstance(event, BuildStep) and "RUN" in event.name]
    assert [step.state for step in steps] == ["started", "done"]
    assert steps[1].seconds > 0
    logs = {event.stream: event.text for event in events if isinstance(event, BuildLog)}
    assert logs == {1: "out\n", 2: "err\n"}
    assert all(log.number == steps[0].number for log in events if isinstance(log, BuildLog))
    events.clear()
    await client.build_image(here, on_progress=events.append)
    assert [e.state for e in events if isinstance(e, BuildStep) and "RUN" in e.name][-1] == "cached"


async def test_what_raises_in_a_callback_ends_the_build(client: DockerClient, tmp_path: Path) -> None:
    def refuse(event: BuildEvent) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await client.build_image(context(tmp_path / "c", fresh("RUN sleep 60")), on_progress=refuse)


@pytest.mark.engines("new")  # BuildKit of 20.10 checks nothing
async def test_warnings_are_events(client: DockerClient, tmp_path: Path) -> None:
    events: list[BuildEvent] = []
    here = context(tmp_path / "c", "FROM scratch as lower\nCOPY Dockerfile /\n")
    result = await client.build_image(here, on_progress=events.append)
    assert len(result.warnings) == 1
    assert "casing" in result.warnings[0]
    assert [event for event in events if isinstance(event, BuildWarning)] == [BuildWarning(result.warnings[0])]


async def test_mounts_of_run(connect_to: Connect, tmp_path: Path, name: Names) -> None:
    secret = uuid.uuid4().hex
    (tmp_path / "token").write_text(secret + "\n")
    client = connect_to(environ={**os.environ, "MLNG_SECRET": secret + "-env"})
    here = context(
        tmp_path / "c",
        fresh(
            "RUN --mount=type=secret,id=file --mount=type=secret,id=env"
            " cat /run/secrets/file && md5sum </run/secrets/env >/sum",
            f"RUN --mount=type=cache,id={secret[:8]},target=/cache echo x >>/cache/x && wc -l </cache/x >/count",
            "RUN --mount=type=bind,target=/here cp /here/given /given",
        ),
        given="bound\n",
    )
    tag = name.image()
    options = ["--secret", f"id=file,src={tmp_path / 'token'}", "--secret", "id=env,env=MLNG_SECRET"]
    result = await client.build_image(here, tag, options)
    sum_of = hashlib.md5(f"{secret}-env".encode()).hexdigest() + "  -\n"
    assert await client.run_container(tag, ["cat", "/sum", "/count", "/given"], ["--rm"]) == f"{sum_of}1\nbound\n"
    # What a step prints of its own secrets is hidden, and nothing else knows them.
    assert secret not in result.log
    assert "***" in result.log
    assert secret not in json.dumps([await client.image_history(tag), await client.image_inspect(tag)])


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The socket of an SSH agent, and the key that it holds."""
    key, socket = tmp_path / "key", str(tmp_path / "agent")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    with subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it listens
        subprocess.run(["ssh-add", "-q", key], env={**os.environ, "SSH_AUTH_SOCK": socket}, check=True)
        yield socket, key
        process.terminate()


async def test_an_agent(connect_to: Connect, tmp_path: Path, name: Names, agent: tuple[str, Path]) -> None:
    socket, key = agent
    client = connect_to(environ={**os.environ, "SSH_AUTH_SOCK": socket})
    here = context(
        tmp_path / "c", fresh('RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK" && echo $SSH_AUTH_SOCK >/where')
    )
    tag = name.image()
    await client.build_image(here, tag, "--ssh default")
    assert "ssh_agent" in await client.run_container(tag, ["cat", "/where"], ["--rm"])
    await client.build_image(here, tag, ["--no-cache", "--ssh", f"default={key}"])


async def test_outputs(client: DockerClient, tmp_path: Path, name: Names) -> None:
    here = context(tmp_path / "c", "FROM scratch\nCOPY given /folder/\n", given="x\n")
    result = await client.build_image(here, None, ["--output", str(tmp_path / "out")])
    assert (tmp_path / "out" / "folder" / "given").read_text() == "x\n"
    assert (result, result.image_id) == ("", "")
    await client.build_image(here, None, f"-o type=tar,dest={tmp_path / 'out.tar'}")
    with tarfile.open(tmp_path / "out.tar") as tar:
        assert "folder/given" in tar.getnames()
    tag, archive = name.image(), tmp_path / "image.tar"
    await client.build_image(here, tag, ["--output", f"type=docker,dest={archive}", "--iidfile", str(tmp_path / "iid")])
    loaded = await client.load_image(archive)
    assert tag in loaded
    assert (tmp_path / "iid").exists()


async def test_several_outputs_of_the_engine_itself(client: DockerClient, tmp_path: Path, name: Names) -> None:
    tag = name.image()
    here = context(tmp_path / "c", fresh("RUN true"))
    options = ["--load", "--iidfile", str(tmp_path / "iid"), "--metadata-file", str(tmp_path / "meta")]
    result = await client.build_image(here, tag, options)
    assert (tmp_path / "iid").read_text() == result.image_id
    assert json.loads((tmp_path / "meta").read_text())["containerimage.digest"] == result.image_id


@BOTH
async def test_hosts_and_networks(client: DockerClient, tmp_path: Path, name: Names, builder: str) -> None:
    here = context(tmp_path / "c", fresh("RUN (cat /etc/hosts; ls /sys/class/net) >/seen"))
    tag = name.image()
    await client.build_image(here, tag, "--network none --no-cache --pull=false", builder=builder)
    assert "eth0" not in await client.run_container(tag, ["cat", "/seen"], ["--rm"])
    await client.build_image(here, tag, "--no-cache --add-host db:10.1.2.3 --add-host six=::6", builder=builder)
    seen = await client.run_container(tag, ["cat", "/seen"], ["--rm"])
    assert "10.1.2.3\tdb" in seen
    assert "::6\tsix" in seen


@BOTH
async def test_limits(client: DockerClient, engine: Engine, tmp_path: Path, name: Names, builder: str) -> None:
    here = context(tmp_path / "c", fresh("RUN (ulimit -n; df -h /dev/shm | tail -n 1) >/seen"))
    tag = name.image()
    building = client.build_image(here, tag, "--ulimit nofile=123 --shm-size 100m", builder=builder)
    if engine.name == "engine-old" and builder == "buildkit":
        with pytest.raises(InvalidArgument, match="--ulimit needs an engine of version 23"):
            await building
        return
    await building
    seen = await client.run_container(tag, ["cat", "/seen"], ["--rm"])
    assert seen.startswith("123\n")
    assert "100.0M" in seen


@pytest.mark.engines("new")
async def test_more_than_one_output(client: DockerClient, tmp_path: Path, name: Names) -> None:
    tag, here = name.image(), context(tmp_path / "c", fresh("COPY given /given"), given="x\n")
    archives = [tmp_path / "first.tar", tmp_path / "oci archive.tar"]
    options = ["-o", f"type=oci,dest={archives[1]}", "-o", "type=image", "-o", str(tmp_path / "out")]
    result = await client.build_image(here, tag, [*options, "-o", f"type=docker,dest={archives[0]}"])
    assert result.image_id == (await client.image_inspect(tag))["Id"]
    assert (tmp_path / "out" / "given").read_text() == "x\n"
    for archive in archives:
        with tarfile.open(archive) as tar:
            assert "oci-layout" in tar.getnames()
    await client.remove_image(tag, force=True)
    assert tag in await client.load_image(archives[0])


@pytest.mark.engines("new")
async def test_an_oci_layout_as_context(client: DockerClient, tmp_path: Path, name: Names) -> None:
    layout, tag = tmp_path / "a layout", name.image()
    here = context(tmp_path / "c", fresh("RUN echo base >/base"))
    await client.build_image(here, options=["-o", f"type=oci,name=x:1.2,dest={tmp_path / 'oci.tar'}"])
    with tarfile.open(tmp_path / "oci.tar") as tar:
        tar.extractall(layout, filter="data")
    before = sorted(str(path) for path in layout.rglob("*"))
    for reference in ("", ":1.2", "@" + json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]):
        over = context(tmp_path / "d", "FROM base\nRUN cat /base && echo over >/over")
        await client.build_image(over, tag, ["--build-context", f"base=oci-layout://{layout}{reference}"])
        assert await client.run_container(tag, ["cat", "/base", "/over"], ["--rm"]) == "base\nover\n"
    assert sorted(str(path) for path in layout.rglob("*")) == before
    wrongs = {"a layout:2": 'no image "2"; it has "1.2"', "a layout@sha256:0": "digest", "c": "no OCI layout"}
    for wrong, about in wrongs.items():
        with pytest.raises(InvalidArgument, match=about):
            await client.build_image(over, options=["--build-context", f"base=oci-layout://{tmp_path / wrong}"])


@pytest.mark.engines("new")
async def test_what_newer_engines_have(client: DockerClient, tmp_path: Path, name: Names) -> None:
    here = context(
        tmp_path / "c",
        fresh(
            "RUN <<END", "echo one >/doc", "echo two >>/doc", "END", "COPY --link given /", "COPY --from=more extra /"
        ),
        given="x",
    )
    more = context(tmp_path / "more", None, extra="extra\n")
    tag = name.image()
    options = ["--build-context", f"more={more}", "--provenance=true", "--annotation", "a=b"]
    await client.build_image(here, tag, options)
    assert await client.run_container(tag, ["cat", "/doc", "/extra"], ["--rm"]) == "one\ntwo\nextra\n"
    cache = tmp_path / "cache"
    await client.build_image(here, tag, ["--build-context", f"more={more}", "--cache-to", f"type=local,dest={cache}"])
    assert (cache / "index.json").exists()
    await client.build_image(here, tag, ["--build-context", f"more={more}", "--cache-from", f"type=local,src={cache}"])


@BOTH
async def test_files_of_any_size_arrive_whole(client: DockerClient, tmp_path: Path, name: Names, builder: str) -> None:
    here = context(tmp_path / "c", fresh("COPY f* /all/"))
    sizes = (0, 1, 32 << 10, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (3 << 20) + 5)
    for size in sizes:
        (here / f"f{size}").write_bytes(os.urandom(size))
    tag = name.image()
    await client.build_image(here, tag, builder=builder)
    sums = await client.run_container(tag, "cd /all && sha256sum f*", ["--rm"], shell=True)
    assert len(sums.splitlines()) == len(sizes)
    for line in sums.splitlines():
        digest, file = line.split()
        assert hashlib.sha256((here / file).read_bytes()).hexdigest() == digest
