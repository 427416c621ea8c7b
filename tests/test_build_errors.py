"""build_image: what users get wrong."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ml_nexus_go import BuildFailed, DockerClient, EngineError, InvalidArgument, PathNotFound

from .conftest import Connect
from .support.bed import Engine
from .support.builds import context, fresh
from .support.program import environment
from .support.wait import DEADLINE

pytestmark = pytest.mark.by_turns

BOTH = pytest.mark.parametrize("builder", ["buildkit", "classic"])


@BOTH
async def test_a_failing_step(client: DockerClient, tmp_path: Path, builder: str) -> None:
    here = context(tmp_path / "c", fresh("RUN true", "RUN echo last words; exit 7", "RUN true"))
    with pytest.raises(BuildFailed) as failure:
        await client.build_image(here, builder=builder)
    error = failure.value
    assert error.step == "[4/5] RUN echo last words; exit 7" or "RUN echo last words; exit 7" in error.step
    assert (error.exit_code, error.line) == (7, 4)
    assert error.log_tail == ["last words"]
    assert "last words" in error.log
    assert ">>> RUN echo last words; exit 7" in error.source
    assert all(text in str(error) for text in ("exit 7", "last words", "Dockerfile:4"))


@BOTH
async def test_a_syntax_error_points_to_its_line(client: DockerClient, tmp_path: Path, builder: str) -> None:
    here = context(tmp_path / "c", "FROM mlng-busybox\n\nRUNN true\n")
    with pytest.raises(BuildFailed, match="unknown instruction: RUNN") as failure:
        await client.build_image(here, builder=builder)
    assert failure.value.line == 3
    assert "   3 | >>> RUNN true" in failure.value.source
    assert failure.value.exit_code is None


@BOTH
async def test_files_that_are_not_there(client: DockerClient, tmp_path: Path, builder: str) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(PathNotFound, match="the Dockerfile"):
        await client.build_image(empty, builder=builder)
    with pytest.raises(PathNotFound, match="the context"):
        await client.build_image(tmp_path / "none", builder=builder)
    here = context(tmp_path / "c", fresh("COPY nothing /"), Other="FROM scratch\n")
    with pytest.raises(PathNotFound, match="relative to the working directory"):
        await client.build_image(here, options="-f Other", builder=builder)
    with pytest.raises(InvalidArgument, match="no folder"):
        await client.build_image(here / "Dockerfile", builder=builder)
    with pytest.raises(BuildFailed, match="COPY nothing"):
        await client.build_image(here, builder=builder)
    (here / "Dockerfile").write_text(" \n")
    with pytest.raises(InvalidArgument, match="is empty"):
        await client.build_image(here, builder=builder)


async def test_an_empty_context_is_fine(client: DockerClient, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert (await client.build_image(empty, dockerfile=fresh("COPY . /all"))).image_id


@BOTH
async def test_an_unknown_target(client: DockerClient, tmp_path: Path, builder: str) -> None:
    with pytest.raises(InvalidArgument, match="nope"):
        await client.build_image(context(tmp_path / "c", fresh("RUN true")), options="--target nope", builder=builder)


@pytest.mark.parametrize(
    ("options", "about"),
    [
        ("--frob", "--frob"),
        ("stray", "stray"),
        ("--call outline", "--call"),
        ("--check", "--check"),
        ("--builder other", "--builder"),
        ("--progress=rawjson", "--progress"),
        ("--memory 1g", "--memory"),
        ("--network bridge2", "--network"),
        ("--platform a/b/c/d", "--platform"),
        ("--add-host db", "--add-host"),
        ("--secret id=x,src=/does/not/exist", "--secret"),
        ("--secret id=x,env=MLNG_DOES_NOT_EXIST", "MLNG_DOES_NOT_EXIST"),
        ("--secret src=/etc/hostname", "--secret"),
        ("--output type=frob", "frob"),
        ("--output type=tar", "dest"),
        ("--output type=local,dest=/etc/hostname", "no folder"),
        ("--output type=tar,dest=/does/not/exist/x.tar", "no folder"),
        ("--output type=tar,dest=/tmp/x --output type=oci,dest=/tmp/y/../x", "dest"),
        ("--push --output type=tar,dest=/tmp/x -t a", "--push"),
        ("--push", "tag"),
        ("--cache-to type=gha", "gha"),
        ("--cache-from type=local,src=/does/not/exist", "--cache-from"),
        ("--build-context x=/does/not/exist", "--build-context"),
        ("--build-context x=oci-layout:///does/not/exist", "--build-context"),
        ("--build-context x=target:y", "target:"),
        ("--build-arg =x", "--build-arg"),
        ("--ulimit x", "ulimit"),
        ("--iidfile /does/not/exist/x", "--iidfile"),
        ("-f -", "dockerfile="),
        ("-t Upper", "Upper"),
        ("-t a@sha256:" + "0" * 64, "digest"),
    ],
)
@pytest.mark.engines("new")
async def test_bad_options(client: DockerClient, tmp_path: Path, options: str, about: str) -> None:
    here = context(tmp_path / "c", fresh("RUN true"))
    events: list[object] = []
    with pytest.raises((InvalidArgument, PathNotFound), match=about):
        # Of /tmp nobody knows what is in it.
        await client.build_image(here, options=options.replace("/tmp", str(tmp_path)), on_progress=events.append)
    assert events == []


@pytest.mark.connections("local")
@pytest.mark.parametrize("option", ["--iidfile", "--metadata-file"])
async def test_an_image_that_was_built_is_no_invalid_argument(
    client: DockerClient, tmp_path: Path, option: str
) -> None:
    here = context(tmp_path / "c", "FROM scratch\nCOPY given /\n", given="x\n")
    with pytest.raises(EngineError, match=f"the image was built .*, but {option} cannot be written") as failure:
        await client.build_image(here, options=[option, "/dev/full"])
    assert failure.value.details["reason"] == "disk_full"
    assert await client.image_exists(failure.value.details["image_id"])


@pytest.mark.parametrize("option", ["--secret id=x,src=/etc/hosts", "--ssh default=/etc/hosts", "--output /tmp/x"])
async def test_what_the_classic_builder_does_not_have(client: DockerClient, tmp_path: Path, option: str) -> None:
    with pytest.raises(InvalidArgument, match=option.split(maxsplit=1)[0]):
        await client.build_image(context(tmp_path / "c", fresh()), options=option, builder="classic")


@pytest.mark.engines("old")
@pytest.mark.parametrize(
    ("option", "about"),
    [
        ("--build-context x=docker-image://y", "--build-context"),
        ("--provenance=true", "--provenance"),
        ("--sbom=true", "--sbom"),
        ("--platform linux/amd64,linux/arm64", "--platform"),
        ("--output type=oci,dest=/tmp/x.tar", "oci"),
        ("--output type=tar,dest=/tmp/x.tar --load --output type=image", "more than one --output"),
        ("--cache-to type=local,dest=/tmp/x", "--cache-to"),
        ("--add-host x:host-gateway", "host-gateway"),
    ],
)
async def test_what_old_engines_do_not_have(client: DockerClient, tmp_path: Path, option: str, about: str) -> None:
    with pytest.raises(InvalidArgument, match=about):
        await client.build_image(context(tmp_path / "c", fresh()), options=option)


@pytest.mark.engines("old")
async def test_the_hint_about_heredocs(client: DockerClient, tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="version 23"):
        await client.build_image(context(tmp_path / "c", fresh("RUN <<END", "echo x", "END")))


@pytest.mark.engines("new")
@pytest.mark.parametrize("tag", ["", "a b", "Upper", "a:b:c", "..", "a@sha256:0"])
async def test_bad_tags(client: DockerClient, tmp_path: Path, tag: str) -> None:
    here = context(tmp_path / "c", fresh("RUN true"))
    if tag == "":
        assert await client.build_image(here, tag) == ""
        return
    with pytest.raises(InvalidArgument):
        await client.build_image(here, tag)


@pytest.mark.engines("new")
async def test_bad_keywords(client: DockerClient, tmp_path: Path) -> None:
    here = context(tmp_path / "c", fresh("RUN true"))
    for keywords in (
        {"builder": "frob"},
        {"dockerfile": ""},
        {"dockerfile": b"\xff"},
        {"dockerfile": 3},
        {"progress": "frob"},
        {"timeout": 0},
        {"options": 3},
        {"dockerfile": "FROM x", "options": "-f y"},
    ):
        with pytest.raises(InvalidArgument):
            await client.build_image(here, **keywords)


async def test_ssh_without_an_agent(connect_to: Connect, tmp_path: Path) -> None:
    client = connect_to(environ={name: value for name, value in os.environ.items() if name != "SSH_AUTH_SOCK"})
    with pytest.raises(InvalidArgument, match="SSH_AUTH_SOCK"):
        await client.build_image(context(tmp_path / "c", fresh()), options="--ssh default")


async def test_a_secret_that_was_not_given(client: DockerClient, tmp_path: Path) -> None:
    here = context(tmp_path / "c", fresh("RUN --mount=type=secret,id=token,required cat /run/secrets/token"))
    with pytest.raises(BuildFailed, match="token"):
        await client.build_image(here)


@BOTH
async def test_a_file_that_is_not_utf_8(client: DockerClient, tmp_path: Path, builder: str) -> None:
    here = context(tmp_path / "c", fresh("COPY . /all"))
    os.mkdir(os.fsencode(here) + b"/\xff")
    if builder == "classic":
        await client.build_image(here, builder=builder)
        return
    with pytest.raises(InvalidArgument, match="UTF-8"):
        await client.build_image(here, builder=builder)


@BOTH
async def test_docker_buildkit_chooses(connect_to: Connect, tmp_path: Path, builder: str) -> None:
    environ = {**os.environ, "DOCKER_BUILDKIT": "0" if builder == "classic" else "1"}
    here = context(tmp_path / "c", fresh("RUN true"))
    result = await connect_to(environ=environ).build_image(here)
    assert ("[internal]" in result.log) == (builder == "buildkit")


UNREADABLE = """
import asyncio, sys
from ml_nexus_go import PermissionDenied, connect

async def main(target, here, builder):
    async with connect(target) as client:
        try:
            await client.build_image(here, builder=builder)
        except PermissionDenied as error:
            print(error.filename)

asyncio.run(main(*sys.argv[1:]))
"""


@BOTH
@pytest.mark.connections("local")
async def test_an_unreadable_file(engine: Engine, tmp_path: Path, builder: str) -> None:
    here = context(tmp_path / "c", fresh("COPY . /all"), hidden="x", open="x")
    (here / "hidden").chmod(0)
    # As root, but without root's right to read every file.
    rights = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    argv = [*rights, sys.executable, "-W", "error", "-c", UNREADABLE, engine.host, str(here), builder]
    done = await asyncio.to_thread(
        subprocess.run, argv, capture_output=True, text=True, env=environment(), timeout=DEADLINE, check=False
    )
    assert (done.stdout, done.stderr) == (f"{here / 'hidden'}\n", "")
