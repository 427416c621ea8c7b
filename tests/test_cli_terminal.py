"""The command line on a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import termios
from pathlib import Path

import pytest

from ml_nexus_go import InvalidArgument
from ml_nexus_go.cli.detach_keys import DetachKeys

from .ssh.test_keys import config
from .support.bed import Engine, part
from .support.command import WORDS, Cli, Terminal
from .support.names import Names


@pytest.mark.parametrize("word", ["run", "exec"])
def test_a_terminal(cli: Cli, box: str, image: str, word: str) -> None:
    words = ["run", "--rm", "-it", image, "sh"] if word == "run" else ["exec", "-it", box, "sh"]
    terminal = Terminal([*cli.words, *words], rows=33, columns=111)
    # The size comes a moment after the shell, as with docker.
    terminal.type(b"until stty size | grep -qx '33 111'; do sleep 0.1; done; echo E''ND\n")
    terminal.until(b"END")
    # Only what has set its trap prints this: a key that comes before a program runs would go to the shell.
    terminal.type(b"sh -c 'trap exit INT; echo STAR\"\"TED; while :; do sleep 0.1; done'\n")
    terminal.until(b"STARTED")
    terminal.type(b"\x03")  # goes to the container's terminal
    terminal.type(b"echo A''FTER; exit 5\n")
    terminal.until(b"AFTER")
    assert terminal.end() == 5


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
