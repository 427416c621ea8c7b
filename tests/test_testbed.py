"""What the testbed's hosts can see of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from testbed import process

from .support.bed import part
from .support.fleet import together

# A machine with an engine at the default socket, made in a host of the testbed's own kind: so
# nothing of this machine's own is touched. In it, another host looks around.
MACHINE = """
import socket, subprocess, sys
engine = socket.socket(socket.AF_UNIX)
engine.bind("/run/docker.sock")
engine.listen()
look = "import os; print(sorted(os.listdir('/run')), os.path.exists('/var/run/docker.sock'))"
subprocess.run([*sys.argv[1:], sys.executable, "-c", look], check=True)
"""


@pytest.mark.usefixtures("testbed")
def test_a_host_does_not_see_the_engine_of_this_machine() -> None:
    launcher = part("sshd")["launcher"]
    argv = [*launcher, "/usr/bin/python3", "-c", MACHINE, *launcher]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("'sshd'] False\n")
    assert "docker.sock" not in done.stdout


@pytest.mark.usefixtures("testbed")
@pytest.mark.parametrize("name", ["fleet-new", "fleet-old"])
def test_the_hosts_of_a_fleet_are_hosts_of_their_own(name: str) -> None:
    look = "cat /srv/name; hostname; docker info -f {{.Swarm.NodeID}}"
    with together(name) as fleet:
        for node in fleet.nodes:
            ssh = ["ssh", "-F", node["ssh"]["ssh_config"], node["address"], look]
            (Path(node["disk"]) / "name").write_text(f"{node['name']}'s disk\n")
            said = subprocess.run(ssh, capture_output=True, text=True, check=True).stdout
            assert said.splitlines() == [f"{node['name']}'s disk", node["name"], node["node_id"]]


def test_docker_settings_are_those_of_a_fresh_machine() -> None:
    assert [name for name in os.environ if name.startswith("DOCKER_")] == ["DOCKER_CONFIG"]
    assert not list(Path(os.environ["DOCKER_CONFIG"]).iterdir())


def test_a_daemon_has_ended_when_its_last_thread_has(tmp_path: Path) -> None:
    two = "import ctypes, threading; threading.Thread(target=input).start(); ctypes.CDLL(None).pthread_exit(None)"
    with subprocess.Popen([sys.executable, "-c", two], stdin=subprocess.PIPE) as program:
        file = tmp_path / "daemon.pid"
        process.record(file, program.pid)
        stat = Path(f"/proc/{program.pid}/stat")
        assert process.wait_until(lambda: ") Z " in stat.read_text(), 60)
        assert process.recorded(file) == program.pid
        process.end(file)
        assert not process.recorded(file)
        assert not file.exists()
