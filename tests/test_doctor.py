"""ml-nexus-go doctor, as a user's shell runs it: it names the cause of what is wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .support.bed import Engine, part
from .support.hanging_engine import hanging_engine
from .support.victim import control, victim
from .support.wait import DEADLINE, limits

NEW = Engine("engine-new")
OLD = Engine("engine-old")
# All steps of an engine over SSH.
WAY = ["target", "ssh config", "name", "tcp", "host key", "login", "engine", "permission"]
HOST = ["versions", "forwarding", "storage", "clock", "rsync", "runtimes", "gpus"]

Steps = list[dict[str, Any]]


def doctor(*words: str, code: int, config: str | Path | None = None, env: dict[str, str] | None = None) -> Steps:
    """Run it and return its steps. A busy host takes longer than a user has patience."""
    more = ["--ssh-config", str(config)] if config else []
    more += [] if "--connect-timeout" in words else ["--connect-timeout", "60"]
    argv = [sys.executable, "-m", "ml_nexus_go.cli", *more, "doctor", "--json", *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=DEADLINE, env=env)
    assert (done.returncode, done.stderr) == (code, ""), done
    return [json.loads(line) for line in done.stdout.splitlines()]


def only(steps: Steps, status: str) -> dict[str, Any]:
    """Return the one step with a status, whatever the disk of the machine that runs the tests is like."""
    found = [step for step in steps if step["status"] == status and step["step"] != "storage"]
    assert len(found) == 1, steps
    return found[0]


def names(steps: Steps) -> list[str]:
    return [step["step"] for step in steps]


@pytest.fixture(scope="module")
def folder(testbed: None) -> Iterator[Path]:
    """A folder that the hosts of the testbed see as well."""
    made = Path(os.environ["MLNG_TESTBED"]).parent / f"doctor-{os.getpid()}"
    made.mkdir()
    yield made
    shutil.rmtree(made)


def write_config(folder: Path, *lines: str) -> Path:
    """Write an ssh config for the host "box", which is the testbed's sshd; these lines win."""
    sshd, jump = part("sshd"), part("sshd-jump")

    def described(alias: str, entry: dict[str, Any], more: tuple[str, ...] = ()) -> str:
        own = [
            "HostName 127.0.0.1",
            f"Port {entry['port']}",
            "User root",
            f"IdentityFile {entry['key']}",
            "IdentitiesOnly yes",
            "IdentityAgent none",
            f"UserKnownHostsFile {entry['known_hosts']}",
            "GlobalKnownHostsFile /dev/null",
        ]
        given = {line.split()[0] for line in more}
        kept = (line for line in own if line.split()[0] not in given)
        return "\n  ".join([f"Host {alias}", *more, *kept]) + "\n"

    path = folder / "config"
    path.write_text(
        described("box", sshd, lines) + described("jump", jump) + "Host down\n  HostName 127.0.0.1\n  Port 1\n"
    )
    return path


@pytest.mark.parametrize(
    ("target", "forwarding"),
    [("mlng", "ok"), ("mlng-noforward", "warn"), ("mlng-behind-jump", "ok")],
)
def test_all_is_well(testbed: None, target: str, forwarding: str) -> None:
    sshd = part("sshd")
    engine = OLD if target == "mlng" else NEW
    steps = doctor(f"ssh://{target}{engine.socket}", code=0, config=sshd["ssh_config"])
    assert names(steps) == WAY + HOST
    found = {step["step"]: step for step in steps}
    assert found["ssh config"]["message"].endswith(f"keys: {sshd['key']}")
    assert engine.api_get("/version")["Version"] in found["versions"]["message"]
    assert engine.api_get("/info")["DockerRootDir"] in found["storage"]["message"]
    assert found["clock"]["message"] == "as this machine's"
    assert found["forwarding"]["status"] == forwarding
    if forwarding == "warn":
        assert "It works nevertheless" in found["forwarding"]["message"]
        assert "AllowStreamLocalForwarding yes" in found["forwarding"]["message"]
        assert "system dial-stdio" in found["forwarding"]["message"]


@pytest.mark.parametrize(
    ("lines", "step", "says"),
    [
        (["HostName no-such-host.invalid"], "name", ["no-such-host.invalid does not resolve"]),
        (["Port 1"], "tcp", ["127.0.0.1:1 refuses connections", "is sshd running there"]),
        (["User nosuchuser"], "login", ["login as nosuchuser", "the host does not accept"]),
        (["IdentityFile {stranger}"], "login", ["the host does not accept {stranger}"]),
        (["IdentityFile {readable}"], "login", ["{readable}", "others may read it", "chmod 600"]),
        (["UserKnownHostsFile /nowhere/known"], "host key", ["is not known", "SHA256:", "add this line"]),
        (["UserKnownHostsFile {changed}"], "host key", ["has changed", "ssh-keygen -R"]),
        (["ProxyJump down"], "tcp", ["the jump host down", "refuses connections"]),
        (["ProxyJump jump", "Port 1"], "ssh", ["the jump host jump could not reach 127.0.0.1:1"]),
        (["ProxyCommand sh -c 'echo no way >&2; exit 1'"], "ssh", ["no way"]),
        (["Ciphers none-such"], "ssh config", ["ssh does not accept its config", "none-such"]),
    ],
    ids=lambda value: value[0].split()[0] if isinstance(value, list) else None,
)  # fmt: skip
def test_the_host_is_not_reached(folder: Path, lines: list[str], step: str, says: list[str]) -> None:
    """The first failure is the last step."""
    sshd = part("sshd")
    readable, changed = folder / "readable", folder / "changed"
    shutil.copyfile(sshd["key"], readable)
    readable.chmod(0o644)
    kind, key = Path(part("sshd-jump")["host_keys"][0]).read_text().split()[:2]
    changed.write_text(f"[127.0.0.1]:{sshd['port']} {kind} {key}\n")
    names_of = {"stranger": sshd["keys"]["stranger"], "readable": readable, "changed": changed}
    config = write_config(folder, *(line.format(**names_of) for line in lines))
    steps = doctor(f"ssh://box{NEW.socket}", code=1, config=config)
    failed = only(steps, "FAIL")
    assert failed == steps[-1]
    assert failed["step"] == step, failed
    for words in says:
        assert words.format(**names_of) in failed["message"]


def test_a_key_that_is_skipped_is_a_warning(folder: Path) -> None:
    readable = folder / "also-readable"
    shutil.copyfile(part("sshd")["keys"]["rsa"], readable)
    readable.chmod(0o644)
    config = write_config(folder, f"IdentityFile {readable}", f"IdentityFile {part('sshd')['key']}")
    warned = only(doctor(f"ssh://box{NEW.socket}", code=0, config=config), "warn")
    assert warned["step"] == "client"
    assert str(readable) in warned["message"]
    assert "chmod 600" in warned["message"]


@contextmanager
def black_hole() -> Iterator[int]:
    """Yield a port that answers nothing: the queue of those who wait is full."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.mark.parametrize("target", ["ssh://root@127.0.0.1:{port}", "tcp://127.0.0.1:{port}"])
def test_a_black_hole_ends_in_time(testbed: None, target: str) -> None:
    with black_hole() as port:
        began = time.monotonic()
        steps = doctor(target.format(port=port), "--connect-timeout", "1", code=1)
        took = time.monotonic() - began
    failed = only(steps, "FAIL")
    assert failed["step"] == "tcp"
    assert f"127.0.0.1:{port} gives no answer within 1 s" in failed["message"]
    assert took < 100  # the kernel tries for two minutes


def test_commands_say_that_a_host_does_not_answer(testbed: None) -> None:
    """Once, with what to do, and exit as docker does."""
    with black_hole() as port:
        for scheme, words, code in (("ssh", ["ps"], 1), ("tcp", ["ps"], 1), ("ssh", ["run", "--rm", "image"], 125)):
            argv = [sys.executable, "-m", "ml_nexus_go.cli", "--connect-timeout", "1"]
            argv += ["--host", f"{scheme}://127.0.0.1:{port}", *words]
            done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=DEADLINE)
            assert (done.returncode, done.stdout) == (code, "")
            assert re.search(
                rf"127\.0\.0\.1:{port}.* no answer.* within \d+ s: check the address, the network", done.stderr
            )
            assert "connect_timeout" in done.stderr
            assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("target", "step", "says"),
    [
        ("mlng", "engine", ["there is no engine on mlng", "Start docker"]),
        ("mlng/run/nothing/here.sock", "engine", ["/run/nothing/here.sock", "is the docker daemon running?"]),
        ("mlng{dead}", "engine", ["{dead}", "docker"]),
        ("mlng-noperm{socket}", "permission", ["mlngnoperm may not use", "usermod -aG docker mlngnoperm"]),
        ("mlng-nodocker{socket}", "engine", ["AllowStreamLocalForwarding yes", "install the docker CLI"]),
    ],
)
def test_the_engine_is_not_reached(folder: Path, target: str, step: str, says: list[str]) -> None:
    """What is left of the host is looked at nevertheless."""
    dead = folder / "dead.sock"
    dead.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(dead))
    paths = {"dead": dead, "socket": NEW.socket}
    steps = doctor("ssh://" + target.format(**paths), code=1, config=part("sshd")["ssh_config"])
    failed = only(steps, "FAIL")
    assert failed["step"] == step, failed
    for words in says:
        assert words.format(**paths) in failed["message"]
    assert names(steps)[-4:] == ["storage", "clock", "rsync", "gpus"]
    rsync = next(one for one in steps if one["step"] == "rsync")
    assert rsync["status"] == ("warn" if target.startswith("mlng-nodocker") else "ok")


@pytest.mark.parametrize("way", ["local", "ssh"])
def test_the_engine_is_stopped(testbed: None, way: str) -> None:
    with victim() as engine:
        place = Engine(engine.name, way)
        control("stop")
        steps = doctor(place.target, code=1, config=place.settings().get("ssh_config"))
    failed = only(steps, "FAIL")
    assert (failed["step"], failed["error"]) == ("engine", "EngineUnreachable")
    assert engine.socket in failed["message"]
    assert "start the engine" in failed["message"] or "is the docker daemon running?" in failed["message"]


def test_local_engines(testbed: None) -> None:
    env = {**os.environ, "DOCKER_HOST": NEW.host}
    steps = doctor(code=0, env=env)
    assert names(steps) == ["target", "engine", "permission", "versions", "storage", "clock", "runtimes", "gpus"]
    assert steps[0]["message"] == NEW.host
    tls = {**os.environ, **NEW.tls_environ}
    steps = doctor(str(NEW.entry["tcp"]["host"]), code=0, env=tls)
    assert names(steps) == [
        "target",
        "name",
        "tcp",
        "engine",
        "permission",
        "versions",
        "storage",
        "clock",
        "runtimes",
        "gpus",
    ]
    assert steps[7]["message"] == "as this machine's"
    failed = only(doctor(str(NEW.entry["tcp"]["host"]), code=1), "FAIL")
    assert failed["step"] in ("engine", "login")


@pytest.mark.parametrize("target", ["gpu7:22", "http://x", "ssh://root:hunter2@gpu7", "a b", "ssh://-oProxyCommand=x"])
def test_a_bad_target(testbed: None, target: str) -> None:
    (step,) = doctor("--", target, code=1)
    assert (step["step"], step["error"]) == ("target", "InvalidArgument")
    assert "hunter2" not in step["message"]


def test_an_engine_that_hangs(tmp_path: Path) -> None:
    with hanging_engine(tmp_path) as target:
        for limit in limits(1):  # within which it must answer a ping
            failed = only(doctor(target, "--connect-timeout", f"{limit:g}", code=1), "FAIL")
            if failed["step"] == "versions":
                break
    assert failed["step"] == "versions"
    assert f"did not describe itself within {3 * limit:g} s" in failed["message"]


def test_without_ssh_the_client_goes_alone(testbed: None, tmp_path: Path) -> None:
    env = {**os.environ, "PATH": str(tmp_path)}
    steps = doctor(f"ssh://mlng{NEW.socket}", code=0, config=part("sshd")["ssh_config"], env=env)
    warned = only(steps, "warn")
    assert warned["step"] == "ssh config"
    assert "install openssh-client" in warned["message"]
    assert names(steps) == ["target", "ssh config", *WAY[4:], *HOST]


def test_text_for_people(testbed: None) -> None:
    argv = [sys.executable, "-m", "ml_nexus_go.cli", "doctor", f"unix://{NEW.socket}x"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=DEADLINE)
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert lines[0] == f"ok   target     unix://{NEW.socket}x"
    assert lines[1].startswith("FAIL engine     ")
