"""Keys and passphrases, warnings, and contexts that lead to an SSH host."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from pathlib import Path

import pytest

from ml_nexus_go import AuthenticationFailed, InvalidArgument, LocalDockerClient, RemoteDockerClient, connect

from ..conftest import Connect
from ..support.bed import Engine, part

pytestmark = pytest.mark.connections("ssh")


def config(folder: Path, *identities: str | Path) -> Path:
    """An ssh config that offers these keys only."""
    sshd = part("sshd")
    lines = [
        f"Host {sshd['alias']}",
        "HostName 127.0.0.1",
        f"Port {sshd['port']}",
        "User root",
        *(f"IdentityFile {identity}" for identity in identities),
        "IdentitiesOnly yes",
        "IdentityAgent none",
        f"UserKnownHostsFile {sshd['known_hosts']}",
    ]
    path = folder / "config"
    path.write_text("\n  ".join(lines) + "\n")
    return path


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_the_passphrase_is_asked_for_once(connect_to: Connect, tmp_path: Path, asynchronous: bool) -> None:
    sshd = part("sshd")
    key = sshd["keys"]["encrypted"]
    asked: list[str] = []

    def ask(path: str) -> str:
        asked.append(path)
        return str(sshd["passphrase"])

    async def ask_later(path: str) -> str:
        return ask(path)

    client = connect_to(ssh_config=config(tmp_path, key), passphrase=ask_later if asynchronous else ask)
    await client.ping()
    await client.ping()
    assert asked == [key]


async def test_without_the_passphrase_the_key_is_named(connect_to: Connect, tmp_path: Path) -> None:
    key = part("sshd")["keys"]["encrypted"]
    path = config(tmp_path, key)
    for passphrase in (None, lambda _: None):
        with pytest.raises(AuthenticationFailed, match="ssh-add") as failure:
            await connect_to(ssh_config=path, passphrase=passphrase).ping()
        assert failure.value.details["locked_keys"] == [key]
    with pytest.raises(AuthenticationFailed, match="does not open it") as failure:
        await connect_to(ssh_config=path, passphrase=lambda _: "wrong-passphrase").ping()
    assert "wrong-passphrase" not in str(failure.value)


def test_the_passphrase_is_a_function() -> None:
    with pytest.raises(InvalidArgument, match="passphrase"):
        connect("gpu7", passphrase="secret")  # type: ignore[arg-type]


async def test_a_key_that_others_may_read_is_warned_about(
    connect_to: Connect, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sshd = part("sshd")
    readable = tmp_path / "id"
    shutil.copyfile(sshd["keys"]["rsa"], readable)
    readable.chmod(0o644)
    client = connect_to(ssh_config=config(tmp_path, readable, sshd["key"]))
    with caplog.at_level(logging.WARNING, logger="ml_nexus_go"):
        await client.ping()
        await client.ping()
    warnings = [record.getMessage() for record in caplog.records if "chmod 600" in record.getMessage()]
    assert len(warnings) == 1
    assert str(readable) in warnings[0]


def context(folder: Path, name: str, host: str) -> None:
    """Make a docker context by hand."""
    meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    described = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}}}
    (meta / "meta.json").write_text(json.dumps(described))


async def test_docker_settings_that_lead_to_an_ssh_host(connect_to: Connect, engine: Engine, tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    context(docker, "remote", engine.target)
    context(docker, "here", engine.host)
    base = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DOCKER_CONFIG": str(docker)}
    ssh_config = part("sshd")["ssh_config"]
    current = {**base, "DOCKER_CONFIG": str(tmp_path / "current")}
    context(tmp_path / "current", "remote", engine.target)
    (tmp_path / "current" / "config.json").write_text('{"currentContext": "remote"}')
    ways: list[tuple[str, dict[str, str], type]] = [
        ("context://remote", base, RemoteDockerClient),
        ("context://here", base, LocalDockerClient),
        ("", {**base, "DOCKER_CONTEXT": "remote"}, RemoteDockerClient),
        ("local", {**base, "DOCKER_HOST": engine.target}, RemoteDockerClient),
        ("", {**base, "DOCKER_HOST": engine.host, "DOCKER_CONTEXT": "remote"}, LocalDockerClient),
        ("", current, RemoteDockerClient),
    ]
    for target, environ, cls in ways:
        async with connect(target, environ=environ, ssh_config=ssh_config) as client:
            assert type(client) is cls, (target, environ)
            await client.ping()
