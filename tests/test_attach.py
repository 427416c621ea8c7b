"""Options of docker run that say what is attached, compared with docker's own command."""

from __future__ import annotations

import pytest

from ml_nexus_go import DockerClient

from .support.bed import Engine

BOTH = "echo out; echo err >&2; cat"


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["-a", "stdout"],
        ["-a", "stderr"],
        ["-a=STDERR"],
        ["-a", "stdout", "--attach", "stderr"],
        ["-a", "stdin"],
        ["-i", "-a", "stderr"],
        ["-ia", "stdout"],
    ],
)
async def test_the_outputs_are_those_of_docker(
    client: DockerClient, engine: Engine, image: str, options: list[str]
) -> None:
    docker = engine.docker("run", "--rm", *options, image, "sh", "-c", BOTH, input="in\n")
    stdin = b"in\n" if any("i" in option.partition("=")[0] for option in options) else None
    result = await client.run_container(image, BOTH, ["--rm", *options], shell=True, stdin=stdin)
    assert (result.stdout, result.stderr, result.exit_code) == (docker.stdout, docker.stderr, docker.returncode)
