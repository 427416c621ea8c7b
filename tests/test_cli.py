"""The command line, as a user's shell runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from ml_nexus_go.cli.app import app

from .support.bed import Engine
from .support.command import WORDS, Cli, Terminal
from .support.names import Names
from .support.victim import victim
from .support.wait import DEADLINE


@pytest.fixture
def box(engine: Engine, name: Names, image: str) -> str:
    mine = name()
    engine.docker("run", "-d", "--name", mine, image, "sh", "-c", "echo one; echo two >&2; exec sleep 600")
    end = time.monotonic() + DEADLINE
    while not (logged := engine.docker("logs", mine)).stdout or not logged.stderr:
        assert time.monotonic() < end, "it prints nothing"
    return mine


def test_run(cli: Cli, image: str) -> None:
    out, err = cli("run", "--rm", "-e", "A=x --rm y", image, "sh", "-c", 'echo "$A"; echo problem >&2; exit 3', code=3)
    assert (out, err) == ("x --rm y\n", "problem\n")
    data = bytes(range(256)) * 4000
    done = subprocess.run([*cli.words, "run", "--rm", "-i", image, "cat"], input=data, capture_output=True, check=True)
    assert done.stdout == data


def test_options_have_names_of_their_own() -> None:
    """A global option is taken after each command as well, and must not be taken for one of its arguments."""
    for name, command in app.commands.items():
        names = [one.name for one in command.params]
        assert len(names) == len(set(names)), name
        options = [option for one in command.params for option in (*one.opts, *one.secondary_opts)]
        assert len(options) == len(set(options)), name


@pytest.mark.connections("local")
def test_the_host_after_the_command(engine: Engine, name: Names, image: str) -> None:
    """People write it there; docker's own options of the same letter stay docker's."""

    def printed(*words: str) -> str:
        return subprocess.run([*WORDS, *words], capture_output=True, check=True, text=True, timeout=DEADLINE).stdout

    host = engine.host
    assert (
        printed("run", "-H", host, "--rm", "-h", "x", "-eHOME=/y", image, "sh", "-c", "hostname; pwd; echo $HOME")
        == "x\n/\n/y\n"
    )
    mine = printed("run", f"--host={host}", "-d", "--name", name(), image, "sleep", "600").strip()
    assert printed("exec", "--host", host, mine, "echo", "-H", "a") == "-H a\n"
    assert (
        printed("--host", "unix:///nowhere.sock", "ps", "-q", "--no-trunc", "--filter", f"id={mine}", "-H", host)
        == f"{mine}\n"
    )


@pytest.mark.connections("local")
def test_detached(cli: Cli, engine: Engine, name: Names, image: str) -> None:
    mine = name()
    out, _ = cli("run", "-d", "--name", mine, image, "sleep", "600")
    assert engine.docker("inspect", "-f", "{{.Id}}", mine).stdout == out


def test_exec_and_logs(cli: Cli, box: str) -> None:
    out, err = cli("exec", box, "sh", "-c", "echo a; echo b >&2; exit 4", code=4)
    assert (out, err) == ("a\n", "b\n")
    out, err = cli("logs", box)
    assert (out, err) == ("one\n", "two\n")
    lines = [json.loads(line) for line in cli("logs", "--json", "--tail", "1", box)[0].splitlines()]
    assert [(line["stream"], line["text"]) for line in lines] in ([("stderr", "two")], [("stdout", "one")])


@pytest.mark.connections("local")
def test_lists(cli: Cli, engine: Engine, box: str) -> None:
    identity = engine.docker("inspect", "-f", "{{.Id}}", box).stdout.strip()
    title, line = cli("ps", "-f", f"name={box}")[0].splitlines()
    theirs = engine.docker("ps", "-f", f"name={box}").stdout.splitlines()[0]
    assert re.split("  +", title) == re.split("  +", theirs)
    assert re.split("  +", line)[:2] == [identity[:12], "mlng-busybox"]
    assert line.endswith(box)
    assert cli("ps", "-q", "-f", f"name={box}")[0] == identity[:12] + "\n"
    (fields,) = map(json.loads, cli("ps", "--json", "-f", f"name={box}")[0].splitlines())
    assert (fields["id"], fields["name"], fields["state"]) == (identity, box, "running")
    title, line = cli("stats", "--no-stream", box)[0].splitlines()
    assert re.split("  +", title) == re.split("  +", engine.docker("stats", "--no-stream", box).stdout.splitlines()[0])
    assert line.startswith(identity[:12])
    out, err = cli("top", "--no-stream", engine.target, "unix:///nowhere.sock")
    assert box in out
    assert err.startswith("unix:///nowhere.sock: ")
    assert err.count("\n") == 1
    cli("top", "--no-stream", "unix:///nowhere.sock", code=1)


@pytest.mark.connections("local")
@pytest.mark.engines("new")
def test_top_has_gpus(cli: Cli, box: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smi = tmp_path / "nvidia-smi"
    smi.write_text('#!/bin/sh\ncase "$1" in --query-gpu=*) echo "0, GPU-aa, 81559, 4096, 7, NVIDIA H100" ;; esac\n')
    smi.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert re.search(
        r"\n\nHOST +GPU +NAME .*\n\S+ +0 +NVIDIA H100 +7% +4.295GB / 85.52GB", cli("top", "--no-stream")[0]
    )
    rows = [json.loads(line) for line in cli("top", "--no-stream", "--json")[0].splitlines()]
    assert box in {row["name"] for row in rows if row["kind"] == "container"}
    assert [(row["uuid"], row["utilization"]) for row in rows if row["kind"] == "gpu"] == [("GPU-aa", 7)]
    terminal = Terminal([*cli.words, "top"], columns=200)
    terminal.until(b"NVIDIA H100")
    terminal.type(b"\x03")
    assert terminal.end() == 130


@pytest.mark.connections("local")
def test_copies(cli: Cli, box: str, tmp_path: Path) -> None:
    source = tmp_path / "a b"
    source.write_text("content")
    cli("cp", source, f"{box}:/tmp/there")
    cli("cp", f"{box}:/tmp/there", tmp_path / "back")
    assert (tmp_path / "back").read_text() == "content"


@pytest.mark.connections("ssh")
@pytest.mark.engines("new")
def test_sync(cli: Cli, tmp_path: Path) -> None:
    source, there, back = tmp_path / "source", tmp_path / "there", tmp_path / "back"
    source.mkdir()
    (source / "x").write_text("content")
    assert "1 files sent" in cli("sync", f"{source}", f":{there}")[0]
    assert (there / "x").read_text() == "content"
    (report,) = map(json.loads, cli("sync", "--json", f":{there}", f"{back}")[0].splitlines())
    assert (report["files_sent"], (back / "x").read_text()) == (1, "content")


@pytest.mark.connections("local")
@pytest.mark.engines("new")
def test_ctrl_c_goes_to_the_command(cli: Cli, engine: Engine, name: Names, image: str) -> None:
    mine = name()
    script = 'trap "echo caught; exit 9" INT; echo up; while :; do sleep 0.1; done'
    process = cli.start("run", "--rm", "--name", mine, image, "sh", "-c", script)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=DEADLINE)
    assert (out, err, process.returncode) == (b"caught\n", b"", 9)


@pytest.mark.connections("local")
@pytest.mark.engines("new")
def test_the_third_ctrl_c_ends_the_container(cli: Cli, engine: Engine, name: Names, image: str) -> None:
    mine = name()
    script = 'trap "echo caught" INT; echo up; while :; do sleep 0.1; done'
    process = cli.start("run", "--rm", "--name", mine, image, "sh", "-c", script)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == b"caught\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=DEADLINE)
    assert process.returncode == 130
    assert not engine.docker("ps", "-aq", "-f", f"name={mine}").stdout


@pytest.mark.connections("local")
@pytest.mark.engines("new")
def test_a_pipe_that_nobody_reads(cli: Cli, engine: Engine, name: Names, image: str) -> None:
    mine = name()
    process = cli.start("run", "--rm", "--name", mine, image, "yes")
    assert process.stdout is not None
    with process:
        process.stdout.read(100)
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(DEADLINE) == 141
    assert not engine.docker("ps", "-aq", "-f", f"name={mine}").stdout


@pytest.mark.connections("local")
@pytest.mark.engines("new")
def test_events(cli: Cli, engine: Engine, name: Names, image: str) -> None:
    for _ in range(20):  # until an engine, which forgets all but the last events of all tests, has kept these
        mine, since = name(), f"{time.time() - 1}"
        engine.docker("run", "-d", "--name", mine, image, "sleep", "600")
        words = ("events", "--filter", f"container={mine}", "--since", since, "--until", "0s")
        rows = [json.loads(line) for line in cli(*words, "--json")[0].splitlines()]
        lines = cli(*words)[0].splitlines()
        if "gap" not in {row["type"] for row in rows} and " gap " not in " ".join(lines):
            break
    assert [(row["type"], row["action"]) for row in rows] == [("container", "create"), ("container", "start")]
    assert re.match(r"\d{4}-\S+ container start [0-9a-f]{64} \(", lines[-1])
    assert f"name={mine}" in lines[-1]


@pytest.mark.engines("new")
def test_forward(cli: Cli, name: Names, image: str) -> None:
    mine = name()
    serve = "echo a page >/index.html && exec httpd -f -p 127.0.0.1:80 -h /"
    cli("run", "-d", "--name", mine, image, "sh", "-c", serve)
    cli("exec", mine, "sh", "-c", "until netstat -ltn | grep -q :80; do sleep 0.1; done")
    with cli.start("forward", mine, "80") as process:
        assert process.stdout is not None
        address = process.stdout.readline().decode().strip()
        with urllib.request.urlopen(f"http://{address}/", timeout=DEADLINE) as answer:
            assert answer.read() == b"a page\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 130


@pytest.mark.connections("local")
@pytest.mark.engines("new")
def test_nohup(cli: Cli, name: Names, image: str) -> None:
    words = ["nohup", *cli.words, "run", "--rm", "-i", "--name", name(), image, "sh", "-c", "echo up; read x; exit 4"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.send_signal(signal.SIGHUP)
    process.communicate(b"\n", timeout=DEADLINE)
    assert process.returncode == 4


@pytest.mark.connections("local")
@pytest.mark.engines("new")
@pytest.mark.parametrize(
    ("streams", "code", "out", "err"),
    [
        ("<&-", 3, "out\n", "err\n"),
        (">&-", 3, "", "err\n"),
        ("2>&-", 3, "out\n", ""),
        ("<&- >&- 2>&-", 3, "", ""),
        (">/dev/full", 1, "", "ml-nexus-go: [Errno 28] No space left on device\n"),
    ],
)
def test_streams_that_do_not_work(cli: Cli, image: str, streams: str, code: int, out: str, err: str) -> None:
    words = ["run", "--rm", "-i", image, "sh", "-c", "cat; echo out; [ -z $1 ] && echo err >&2; exit 3", "-"]
    words += ["full"] if "full" in streams else []
    for argv, expected in ((words, (code, out, err)), (["ps", "-qf", "name=nosuch"], (0, "", ""))):
        shell = ["sh", "-c", f'exec "$@" {streams}', "-", *cli.words, *argv]
        done = subprocess.run(shell, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == expected


def test_clean(testbed: None) -> None:
    ours, theirs = "ml-nexus-go-host-agent:test", "ml-nexus-go-host-agent:theirs"
    with victim() as engine:  # nobody else's containers and images
        cli = Cli(engine)
        try:
            engine.docker("import", "--change", "LABEL ml-nexus-go.host-agent=1", os.devnull, ours)
            engine.docker("import", os.devnull, theirs)  # without the label
            rows = [json.loads(line) for line in cli("clean", "--dry-run", "--json", engine.target)[0].splitlines()]
            assert ours in {row["name"] for row in rows if row["kind"] == "image"}
            assert engine.docker("images", "-q", ours).stdout
            assert ours in cli("clean", engine.target)[0]
            assert not engine.docker("images", "-q", ours).stdout
            assert engine.docker("images", "-q", theirs).stdout
        finally:
            engine.docker("rmi", ours, theirs, check=False)


def test_without_click(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise ModuleNotFoundError('no', name='click')")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(WORDS, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "ml-nexus-go needs click, which is not installed: pip install 'ml_nexus_go[cli]'\n",
    )


def test_ctrl_c_at_the_begin(tmp_path: Path) -> None:
    (tmp_path / "rich.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(WORDS, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("words", ["st", "cp ./o", "sync ./o", "build -f ./o"])
def test_completion(words: str) -> None:
    environ = {**os.environ, "_ML_NEXUS_GO_COMPLETE": "bash_complete", "COMP_WORDS": f"ml-nexus-go {words}"}
    environ["COMP_CWORD"] = str(len(words.split()))
    done = subprocess.run(WORDS, capture_output=True, text=True, env=environ, check=True)
    assert done.stdout == ("plain,stats\n" if words == "st" else "file,./o\n")


@pytest.mark.parametrize("columns", ["40", "200"])
def test_help(columns: str) -> None:
    environ = {**os.environ, "COLUMNS": columns, "NO_COLOR": "1"}
    for words in ([], ["run"], ["top"]):
        done = subprocess.run([*WORDS, *words, "--help"], capture_output=True, text=True, env=environ, check=True)
        assert "Usage: ml-nexus-go" in done.stdout
        assert "\x1b" not in done.stdout
