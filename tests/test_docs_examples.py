"""Each example of README.md and docs/ runs, on a machine whose SSH config knows gpu7; or another test runs it."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
import types
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pinjected import AsyncResolver, design

from ml_nexus_go import DockerClient, connect

from .support import examples
from .support.bed import Engine, part
from .support.command import WORDS, Terminal
from .support.examples import Block
from .support.names import Names
from .support.program import ROOT, environment
from .support.proxy import kept_port, port_of
from .support.wait import DEADLINE

# Blocks that another test runs, or whose work it does with what the testbed has, by a line of theirs: its file,
# and what is there.
ELSEWHERE = {
    ("docs/compare.md", ""): ("tests/test_compare.py", "page.PAGE.read_text() == page.written()"),
    ("docs/surviving.md", "SIGTERM"): ("tests/test_exit.py", '"docs" / "surviving.md"'),
    ("docs/pytest.md", "@injected_pytest"): ("tests/ml_nexus/test_examples.py", '"examples/testing"'),
    ("docs/fleet.md", "swarm://gpu1"): ("tests/test_fleet.py", "test_runs_go_where_the_gpus_are"),
    ("docs/fleet.md", "node.labels.disk==ssd"): ("tests/test_fleet.py", "test_a_run_says_why_it_waits"),
    ("docs/fleet.md", "client.reserve("): ("tests/test_fleet.py", "test_a_place_holds_its_gpus"),
    ("docs/fleet.md", "client.nodes()"): ("tests/test_fleet.py", "test_nodes_are_dockers"),
    ("docs/python-api.md", ""): ("tests/test_docs.py", '"docs" / "python-api.md"'),
}
# Commands that another script or test runs: how they begin, where, and what proves it there.
COMMANDS_ELSEWHERE = {
    "git clone ": (".ci/run", "tools/test.sh"),
    "tools/test.sh ": (".ci/run", "tools/test.sh"),
    "tools/demo.sh ": ("Makefile", "tools/demo.sh"),
    "make wheel ": ("tools/test.sh", "tools/wheel.sh"),
    "pip install ": ("tools/test.sh", "install_into"),
    "pip uninstall ": ("tools/test.sh", "install_into"),
    "ml-nexus-go clean gpu7": ("tests/test_cli.py", 'cli("clean", engine.target)'),  # all that others left there, too
}
# What the examples have in their image: they train for a moment, and serve a page.
PROGRAMS = {
    "python": """
        for last; do :; done
        case $last in http*) exec wget -qO- "$last" ;; /*) exec sh "$last" ;; esac
        if [ "$1" = until ]; then echo until; until [ -e /go ]; do sleep 0.1; done; fi
        echo trained""",
    "jupyter": "mkdir /www && echo lab >/www/lab && exec httpd -f -p 127.0.0.1:8888 -h /www",
    "curl": 'exec wget -qO- "$2"',
}
SERVER = "mkdir /www && echo ok >/www/health && exec httpd -f -p 8080 -h /www"
DOCKERFILE = "ARG CUDA\nFROM {image} AS run\nARG CUDA\nRUN echo $CUDA >/cuda\nFROM run AS other\nRUN false\n"


def commands() -> list[str]:
    """Return the lines of shell on all pages."""
    found = [block for page in examples.pages() for block in examples.blocks(page) if not block.language]
    lines = {line.split("  #")[0].strip() for block in found for line in block.text.splitlines()}
    return sorted(line for line in lines if f"{line} ".startswith(("ml-nexus-go ", *COMMANDS_ELSEWHERE)))


class Desk:
    """What an example finds on its user's machine, and at the engine."""

    def __init__(self, client: DockerClient, image: str, name: Names, folder: Path) -> None:
        self.client, self.name, self.folder = client, name, folder
        self.words = {'"busybox"': repr(image)}
        self.names: dict[str, Any] = {"client": client, "connect": connect, "asyncio": asyncio, "time": time}

    async def run(self, block: Block) -> None:
        await examples.run(block, self.words, self.names)

    async def image(self, command: str | None = None) -> str:
        """Make an image that has the programs, or runs a command."""
        folder = self.folder / "image"
        folder.mkdir(exist_ok=True)
        for program, text in PROGRAMS.items():
            (folder / program).write_text(f"#!/bin/sh\n{text}\n")
            (folder / program).chmod(0o755)
        lines = ["FROM mlng-busybox", "COPY . /usr/local/bin", *([f"CMD {command}"] if command else [])]
        (folder / "Dockerfile").write_text("\n".join(lines))
        tag = self.name.image()
        await self.client.build_image(folder, tag)
        return tag

    async def box(self, *command: str) -> str:
        """Start a container of that image."""
        mine = self.name("box")
        await self.client.run_container(await self.image(), command or ["sleep", "600"], ["-d", "--name", mine])
        return mine


@pytest.fixture
def desk(
    client: DockerClient, engine: Engine, image: str, name: Names, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    examples.ssh_config(tmp_path / "home")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOCKER_HOST", engine.host)
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    monkeypatch.chdir(tmp_path)
    return Desk(client, image, name, tmp_path)


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=DEADLINE) as answer:
        text: bytes = answer.read()
    return text.decode()


def here(page: str, language: str = "python") -> list[Block]:
    """Return the blocks that run here."""
    return [block for block in examples.blocks(page) if block.language == language and elsewhere(block) is None]


def elsewhere(block: Block) -> tuple[str, str] | None:
    for (page, line), place in ELSEWHERE.items():
        if page == block.page and line in block.text:
            return place
    return None


async def first_page(desk: Desk, block: Block) -> None:
    (desk.folder / "data").mkdir(exist_ok=True)
    desk.words |= {'"pytorch"': repr(await desk.image()), "-v /data:": f"-v {desk.folder}/data:"}
    desk.words['"--gpus all"'] = '"--label gpus=all"'  # the testbed's engines have none
    lines: list[str] = []
    desk.names["print"] = lines.append
    await desk.run(block)
    assert lines == ["trained"]


async def blocking(desk: Desk, block: Block) -> None:
    training = desk.name()
    await desk.client.run_container("mlng-busybox", "echo epoch 1", ["--name", training])
    desk.words['"training"'] = repr(training)
    await desk.run(block)
    assert desk.names["result"] == "hello\n"


async def builds(desk: Desk, block: Block) -> None:
    (desk.folder / "project").mkdir()
    (desk.folder / "project/Dockerfile").write_text(DOCKERFILE.format(image="mlng-busybox"))
    tag = desk.name.image()
    desk.words['"me/train:v1"'] = repr(tag)
    await desk.run(block)
    assert desk.names["result"] == tag
    assert await desk.client.run_container(tag, "cat /cuda", ["--rm"]) == "12.4\n"


async def host_files(desk: Desk, block: Block) -> None:
    for path, text in {"train.py": "mkdir -p /project/results && echo 0.1 >/project/results/loss", "a.pyc": ""}.items():
        (desk.folder / "project").mkdir(exist_ok=True)
        (desk.folder / "project" / path).write_text(text)
    desk.words |= {'"train"': repr(await desk.image()), "/data/project": f"{desk.folder}/there"}
    await desk.run(block)
    assert (desk.folder / "results/loss").read_text() == "0.1\n"
    assert not (desk.folder / "there/a.pyc").exists()


async def registry(desk: Desk, block: Block) -> None:
    reference = desk.name.image("v3", str(part("registry")["address"]))
    await desk.client.tag_image(await desk.image(), reference)
    await desk.client.push_image(reference)
    desk.words['"registry.example/team/model:v3"'] = repr(reference)
    await desk.run(block)
    assert desk.names["pushed"].digests == {"v3": desk.names["pulled"].digest}


async def archives(desk: Desk, block: Block) -> None:
    ours = {'"model:v3"': desk.name.image("v3"), '"base:v1"': desk.name.image("v1")}
    for reference in ours.values():
        await desk.client.tag_image("mlng-busybox", reference)
    async with connect("gpu7") as other:
        desk.words |= {theirs: repr(reference) for theirs, reference in ours.items()}
        desk.names["other"] = other
        await desk.run(block)


async def migrating(desk: Desk, block: Block) -> None:
    theirs = types.ModuleType("ml_nexus")
    theirs.load_env_design = design(new_RemoteDockerClient=None)  # type: ignore[attr-defined]
    desk.names["my_design"] = design(ml_nexus_docker_host="gpu7")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "ml_nexus", theirs)
        await desk.run(block)
    assert await AsyncResolver(desk.names["__design__"], callbacks=[]).provide("new_RemoteDockerClient") is not None


async def quiet_logging(desk: Desk, block: Block) -> None:
    logger = logging.getLogger("ml_nexus_go")
    before = logger.level
    try:
        await desk.run(block)
        assert logger.level == logging.DEBUG
    finally:
        logger.setLevel(before)


async def ports(desk: Desk, block: Block) -> None:
    mine = desk.name("notebook")
    desk.words |= {'"my/notebook"': repr(await desk.image()), '"notebook"': repr(mine)}
    desk.words["asyncio.Event().wait()"] = "used(jupyter, board)"

    async def used(jupyter: Any, board: Any) -> None:
        assert await asyncio.to_thread(fetched, jupyter.url("/lab")) == "lab\n"
        assert f"local_port={board.port}" == desk.words["local_port=6006"]

    desk.names["used"] = used
    with kept_port() as kept:
        desk.words["local_port=6006"] = f"local_port={port_of(kept)}"
        await desk.run(block)


async def reverse_ports(desk: Desk, block: Block) -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        desk.words |= {'"train"': repr(await desk.box()), "5000": str(port)}
        await desk.run(block)
    assert asked == [b"GET / HTTP/1.1\r\n"]


async def encrypted_key(desk: Desk, block: Block) -> None:
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return str(part("sshd-env")["passphrase"])

    desk.names["getpass"] = SimpleNamespace(getpass=answer)
    desk.words['"gpu7"'] = '"gpu8"'  # its key has a passphrase
    await desk.run(block)
    async with desk.names["client"] as client:
        await client.ping()
    assert asked == [f"{part('sshd-env')['keys']['encrypted']}: "]


async def durable(desk: Desk, block: Block) -> None:
    box = await desk.box()
    lost = f"""
await process.stdout.readline()
await client.aclose()
client = connect()
await client.exec_container({box!r}, ["touch", "/go"])
"""
    desk.words |= {'"box"': repr(box), "\n...\n": lost, "train.py": "until"}
    desk.names |= {"save": lambda identity: desk.names.update(exec_id=identity), "bytes_seen": len("until\n")}
    try:
        await desk.run(block)
        assert desk.names["result"] == "trained\n"
    finally:
        await desk.names["client"].aclose()


async def plugin(desk: Desk, block: Block) -> None:
    """Run it by pytest: the plugin's fixtures last as long as a test run."""
    text = examples.here(block.text, {'"my/server"': repr(await desk.image(SERVER))})
    (desk.folder / "test_example.py").write_text(text)
    words = ["-q", "-p", "no:ml_nexus_go", "-p", "ml_nexus_go.pytest_plugin", "-o", "asyncio_mode=auto"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert b"1 passed" in said


async def as_it_is(desk: Desk, block: Block) -> None:
    await desk.run(block)


# What surrounds each block that runs here, in the order of its page.
STAGES = {
    "README.md": [first_page],
    "docs/index.md": [first_page],
    "docs/blocking.md": [blocking],
    "docs/builds.md": [builds],
    "docs/coming-from.md": [as_it_is],
    "docs/host-files.md": [host_files],
    "docs/images.md": [registry, archives],
    "docs/migration.md": [migrating],
    "docs/new-implementation.md": [as_it_is],
    "docs/observing.md": [quiet_logging],
    "docs/ports.md": [ports, reverse_ports],
    "docs/pytest.md": [plugin],
    "docs/ssh.md": [as_it_is, encrypted_key],
    "docs/surviving.md": [durable, as_it_is],
}
CASES = [(page, at) for page, stages in STAGES.items() for at in range(len(stages))]


def test_each_example_runs_somewhere() -> None:
    for page in examples.pages():
        for block in examples.blocks(page):
            assert block.language in ("", "python"), block
        assert len(here(page)) == len(STAGES.get(page, ())), f"{page}: a new example needs a line in STAGES"
    for (page, line), (file, proof) in ELSEWHERE.items():
        assert any(line in block.text for block in examples.blocks(page)), page
        assert proof in (ROOT / file).read_text(), file


@pytest.mark.engines("new")
@pytest.mark.connections("local")
@pytest.mark.parametrize(("page", "at"), CASES)
async def test_an_example(desk: Desk, page: str, at: int) -> None:
    await STAGES[page][at](desk, here(page)[at])


# What commands say, and what stands for it here.
COMMAND_WORDS = {"--gpus all ": "", "my-image bash": "mlng-busybox true"}


@pytest.mark.engines("new")
@pytest.mark.connections("local")
@pytest.mark.parametrize("command", [one for one in commands() if one not in COMMANDS_ELSEWHERE and "ml-n" in one[:4]])
def test_a_command(desk: Desk, command: str) -> None:
    terminal = Terminal([*WORDS, *examples.here(command, COMMAND_WORDS).split()[1:]])
    assert terminal.end() == 0, terminal.seen


def test_other_commands_run_elsewhere() -> None:
    for begin, (file, proof) in COMMANDS_ELSEWHERE.items():
        assert any(f"{command} ".startswith(begin) for command in commands()), begin
        assert proof in (ROOT / file).read_text(), file
