"""Programs with the blocking client that tests interrupt: python -m tests.blocking_programs NAME TARGET CONTAINER."""

from __future__ import annotations

import os
import signal
import sys

from ml_nexus_go import ForkedProcessError
from ml_nexus_go.blocking import DockerClient, connect


def run(client: DockerClient, container: str) -> None:
    """Run until Ctrl-C."""
    client.run_container(
        "mlng-busybox", "echo up; exec sleep 600", ["--rm", "--name", container], shell=True, on_stdout=say
    )


def callback(client: DockerClient, container: str) -> None:
    """Run, and be in a callback when Ctrl-C comes."""

    def wait(data: bytes) -> None:
        say(data)
        signal.pause()

    client.run_container(
        "mlng-busybox", "echo up; exec sleep 600", ["--rm", "--name", container], shell=True, on_stdout=wait
    )


def follow(client: DockerClient, container: str) -> None:
    """Follow a log."""
    for data in client.container_logs(container, follow=True):
        say(data)


def fork(client: DockerClient, container: str) -> None:
    """Use the client in a child."""
    assert client.container_exists(container)
    if os.fork() == 0:
        try:
            client.ping()
        except ForkedProcessError as error:
            print(error, flush=True)
        os._exit(0)
    os.wait()


def say(data: bytes) -> None:
    print(data.decode(), end="", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell starts in the background
    with connect(sys.argv[2]) as client:
        globals()[sys.argv[1]](client, sys.argv[3])
