"""The command line, as a user's shell runs it."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
import urllib.request
from pathlib import Path

import pytest

from ml_nexus_go import InvalidArgument
from ml_nexus_go.cli.detach_keys import DetachKeys

from .ssh.test_keys import config
from .support.bed import Engine, part
from .support.names import Names
from .support.victim import victim

WORDS = (sys.executable, "-m", "ml_nexus_go.cli")
DEADLINE = 60.0


class Cli:
    """Runs the command for an engine."""

    def __init__(self, engine: Engine) -> None:
        settings = engine.settings()
        more = ["--ssh-config", str(settings["ssh_config"])] if settings else []
        self.words = [*WORDS, *more, "--host", engine.target]

    def __call__(self, *words: str | Path, stdin: bytes = b"", code: int = 0) -> tuple[str, str]:
        """Run it and return what it printed."""
        argv = [*self.words, *map(str, words)]
        done = subprocess.run(argv, input=stdin, capture_output=True, check=False, timeout=DEADLINE)
        assert done.returncode == code, done
        return done.stdout.decode(), done.stderr.decode()

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*self.words, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Terminal:
    """The command on a terminal of its own."""

    def __init__(self, words: list[str], rows: int = 24, columns: int = 80) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm", COLUMNS="", LINES="")
            os.execv(words[0], words)
        termios.tcsetwinsize(self.fd, (rows, columns)) if hasattr(termios, "tcsetwinsize") else None
        self.seen = b""

    def until(self, text: bytes) -> None:
        """Read until a text was printed."""
        end = time.monotonic() + DEADLINE
        while text not in self.seen:
            ready, _, _ = select.select([self.fd], [], [], max(end - time.monotonic(), 0))
            assert ready, self.seen
            try:
                self.seen += os.read(self.fd, 65536)
            except OSError:
                raise AssertionError(self.seen) from None

    def type(self, keys: bytes) -> None:
        os.write(self.fd, keys)

    def end(self) -> int:
        """Read to the end and return the exit code."""
        try:
            while data := os.read(self.fd, 65536):
                self.seen += data
        except OSError:  # the end
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


@pytest.fixture
def cli(engine: Engine) -> Cli:
    return Cli(engine)


@pytest.fixture
def box(engine: Engine, name: Names, image: str) -> str:
    mine = name()
    engine.docker("run", "-d", "--name", mine, image, "sh", "-c", "echo one; echo two >&2; exec sleep 600")
    return mine


def test_run(cli: Cli, image: str) -> None:
    out, err = cli("run", "--rm", "-e", "A=x --rm y", image, "sh", "-c", 'echo "$A"; echo problem >&2; exit 3', code=3)
    assert (out, err) == ("x --rm y\n", "problem\n")
    data = bytes(range(256)) * 4000
    done = subprocess.run([*cli.words, "run", "--rm", "-i", image, "cat"], input=data, capture_output=True, check=True)
    assert done.stdout == data


@pytest.mark.connections("local")
def test_detached(cli: Cli, engine: Engine, name: Names, image: str) -> None:
    mine = name()
    out, _ = cli("run", "-d", "--name", mine, image, "sleep", "600")
    assert engine.docker("inspect", "-f", "{{.Id}}", mine).stdout == out


@pytest.mark.connections("local")
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("run", "--nosuch", "x"), 125, "unknown flag: --nosuch"),
        (("run",), 125, "run needs an image"),
        (("run", "mlng-busybox", "nosuch"), 127, "nosuch"),
        (("run", "-it", "mlng-busybox", "sh"), 125, "is not a terminal"),
        (("exec", "nobody", "true"), 1, "No such container: nobody"),
        (("exec", "nobody"), 1, "exec needs a container and a command"),
        (("ps", "--filter", "nosuch=1"), 1, "nosuch"),
        (("ps", "--filter", "x"), 2, "NAME=VALUE"),
        (("cp", "a", "b"), 2, "CONTAINER:PATH"),
        (("cp", "nobody:/etc", "-"), 2, "does not stream"),
        (("logs", "nobody"), 1, "nobody"),
        (("nosuch",), 2, "No such command"),
    ],
)
def test_bad_input(cli: Cli, words: tuple[str, ...], code: int, says: str) -> None:
    _, err = cli(*words, code=code)
    assert says in err
    assert "Traceback" not in err


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
    script = 'trap "" INT; echo up; while :; do sleep 0.1; done'
    process = cli.start("run", "--rm", "--name", mine, image, "sh", "-c", script)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)  # so that they are three
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


@pytest.mark.parametrize("word", ["run", "exec"])
def test_a_terminal(cli: Cli, box: str, image: str, word: str) -> None:
    words = ["run", "--rm", "-it", image, "sh"] if word == "run" else ["exec", "-it", box, "sh"]
    terminal = Terminal([*cli.words, *words], rows=33, columns=111)
    terminal.type(b"stty size; echo E''ND\n")
    terminal.until(b"END")
    terminal.type(b"echo STAR''TED; sleep 100\n")
    terminal.until(b"STARTED")
    terminal.type(b"\x03")  # goes to the container's terminal
    terminal.type(b"echo A''FTER; exit 5\n")
    terminal.until(b"AFTER")
    assert terminal.end() == 5
    assert b"33 111" in terminal.seen


@pytest.mark.connections("local")
def test_a_terminal_is_restored(cli: Cli, image: str, tmp_path: Path) -> None:
    command = f"{' '.join(cli.words)} run --rm -it {image} sh"
    before, after = tmp_path / "before", tmp_path / "after"
    shell = f"stty -a > {before}; {command}; stty -a > {after}; cmp {before} {after} && echo SA''ME"
    terminal = Terminal(["/bin/sh", "-c", shell])
    terminal.until(b"/ #")
    terminal.type(b"exit\n")
    terminal.until(b"SAME")
    terminal.end()


@pytest.mark.connections("local")
@pytest.mark.parametrize("more", [(), ("--rm",)])
def test_detach_from_a_run(cli: Cli, engine: Engine, name: Names, image: str, more: tuple[str, ...]) -> None:
    mine = name()
    terminal = Terminal([*cli.words, "run", *more, "-it", "--name", mine, image, "sh"])
    terminal.until(b"/ #")
    terminal.type(b"\x10\x11")
    assert terminal.end() == 0
    assert engine.docker("inspect", "-f", "{{.State.Running}}", mine).stdout == "true\n"
    label = '{{index .Config.Labels "ml-nexus-go.attached"}}'
    assert engine.docker("inspect", "-f", label, mine).stdout == "0\n"  # reap leaves it alone
    terminal = Terminal([*cli.words, "attach", mine])
    terminal.type(b"exit 4\n")
    assert terminal.end() == 4


@pytest.mark.connections("local")
def test_attach_and_detach(cli: Cli, engine: Engine, name: Names, image: str) -> None:
    mine = name()
    cli("run", "-dit", "--name", mine, image, "sh")
    for keys, typed in ((), b"\x10\x11"), (("--detach-keys", "ctrl-x,x"), b"\x18x"):
        terminal = Terminal([*cli.words, "attach", *keys, mine])
        terminal.type(b"echo H''ERE\n")
        terminal.until(b"HERE")
        terminal.type(typed)
        assert terminal.end() == 0
        assert engine.docker("inspect", "-f", "{{.State.Running}}", mine).stdout == "true\n"
    terminal = Terminal([*cli.words, "attach", mine])
    terminal.type(b"exit 6\n")
    assert terminal.end() == 6


@pytest.mark.connections("local")
@pytest.mark.engines("new")
def test_events(cli: Cli, box: str, engine: Engine) -> None:
    words = ("events", "--filter", f"container={box}", "--since", "5m", "--until", "0s")
    rows = [json.loads(line) for line in cli(*words, "--json")[0].splitlines()]
    rows = [row for row in rows if row["type"] != "gap"]  # an engine forgets all but the last events of all tests
    assert [(row["type"], row["action"]) for row in rows] == [("container", "create"), ("container", "start")]
    line = cli(*words)[0].splitlines()[-1]
    assert re.match(r"\d{4}-\S+ container start [0-9a-f]{64} \(", line)
    assert f"name={box}" in line


@pytest.mark.engines("new")
def test_forward(cli: Cli, name: Names, image: str) -> None:
    mine = name()
    serve = "echo a page >/index.html && exec httpd -f -p 127.0.0.1:80 -h /"
    cli("run", "-d", "--name", mine, image, "sh", "-c", serve)
    with cli.start("forward", mine, "80") as process:
        assert process.stdout is not None
        address = process.stdout.readline().decode().strip()
        with urllib.request.urlopen(f"http://{address}/", timeout=DEADLINE) as answer:
            assert answer.read() == b"a page\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 130


@pytest.mark.parametrize(
    ("keys", "typed", "passed", "detached"),
    [
        (None, [b"ab\x10", b"c"], b"ab\x10c", False),
        (None, [b"ab\x10", b"\x11c"], b"ab", True),
        (None, [b"\x10\x10\x11"], b"\x10", True),
        ("ctrl-x,x", [b"\x18y", b"\x18", b"x"], b"\x18y", True),
        ("a", [b"bca"], b"bc", True),
        ("ctrl-[,ctrl-@", [b"\x1b[A"], b"\x1b[A", False),
    ],
)
def test_keys(keys: str | None, typed: list[bytes], passed: bytes, detached: bool) -> None:
    found = DetachKeys(keys)
    answers = [found.take(part) for part in typed]
    assert (b"".join(data for data, _ in answers), answers[-1][1]) == (passed, detached)


def test_keys_that_are_none() -> None:
    for keys in ("ctrl-", "ctrl-1", "ab", "ctrl-p,", "\xe4"):
        with pytest.raises(InvalidArgument, match="is no key"):
            DetachKeys(keys)


@pytest.mark.connections("local")
@pytest.mark.engines("new")
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("word", ["run", "exec"])
def test_a_signal_ends_the_command(
    cli: Cli, engine: Engine, box: str, name: Names, image: str, word: str, sent: signal.Signals
) -> None:
    mine = name()
    words = ["run", "--rm", "-it", "--name", mine, image] if word == "run" else ["exec", "-it", box]
    terminal = Terminal([*cli.words, *words, "sh", "-c", "echo STARTED; exec sleep 321"])
    terminal.until(b"STARTED")
    ends_at(terminal, sent)
    # A window that is closed ends an exec, and detaches from a run on a terminal, as with docker.
    running = engine.docker("ps", "-q", "-f", f"name={mine}").stdout
    assert bool(running) == (word == "run")
    assert "sleep 321" not in engine.docker("top", box).stdout


@pytest.mark.connections("ssh")
@pytest.mark.engines("new")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_question(engine: Engine, tmp_path: Path, sent: signal.Signals) -> None:
    ssh_config = config(tmp_path, part("sshd")["keys"]["encrypted"])
    terminal = Terminal([*WORDS, "--ssh-config", str(ssh_config), "--host", engine.target, "ps"])
    terminal.until(b"Passphrase")
    ends_at(terminal, sent)


@pytest.mark.connections("ssh")
@pytest.mark.engines("new")
def test_an_unknown_host_is_asked_about(engine: Engine, box: str, tmp_path: Path) -> None:
    known = tmp_path / "new" / "known hosts"
    ssh_config = config(tmp_path, part("sshd")["key"])
    ssh_config.write_text(ssh_config.read_text().replace(str(part("sshd")["known_hosts"]), f'"{known}"'))
    words = [*WORDS, "--ssh-config", str(ssh_config), "--host", engine.target, "ps"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert (done.returncode, "known_hosts" in done.stderr or "key" in done.stderr) == (1, True)
    assert "yes/no" not in done.stderr
    for answer, code in ((b"no\n", 1), (b"yes\n", 0)):
        assert not known.exists()
        terminal = Terminal(words, columns=200)
        terminal.until(b"(yes/no)?")
        terminal.type(answer)
        assert terminal.end() == code
        assert (box.encode() in terminal.seen) == (code == 0)
        assert b"SHA256:" in terminal.seen
    assert known.read_text().count("\n") == 1
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    assert box in done.stdout


def ends_at(terminal: Terminal, sent: signal.Signals) -> None:
    """Assert that a signal ends the command and leaves the terminal as it was."""
    os.kill(terminal.pid, sent)
    settings = os.dup(terminal.fd)
    assert terminal.end() == 128 + sent
    assert termios.tcgetattr(settings)[3] & (termios.ICANON | termios.ECHO) == termios.ICANON | termios.ECHO
    os.close(settings)


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
