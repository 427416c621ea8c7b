"""connect(): valid and invalid targets."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import (
    AuthenticationFailed,
    ContextNotFound,
    DockerError,
    EngineUnreachable,
    InvalidArgument,
    LocalDockerClient,
    RemoteDockerClient,
    TLSConfig,
    connect,
)

from .support.bed import Engine
from .support.leaks import assert_nothing_open
from .support.proxy import kept_port, port_of

HOME = {"HOME": "/nonexistent", "PATH": "/usr/bin"}


async def failure_of(target: str | None, **keywords: Any) -> DockerError:
    """Return the error of the first call; the client can still be closed after it."""
    async with connect(target, **keywords) as client:
        with pytest.raises(DockerError) as failure:
            await client.ping()
        with pytest.raises(type(failure.value)):
            await client.ping()
    await assert_nothing_open()
    return failure.value


@pytest.mark.parametrize(
    ("target", "cls"),
    [
        (None, LocalDockerClient),
        ("", LocalDockerClient),
        ("local", LocalDockerClient),
        ("localhost", LocalDockerClient),
        ("127.0.0.1", LocalDockerClient),
        ("unix:///run/docker.sock", LocalDockerClient),
        ("tcp://gpu7:2376", LocalDockerClient),
        ("context://lab", LocalDockerClient),
        ("ssh://root@gpu7", RemoteDockerClient),
        ("gpu7", RemoteDockerClient),
        ("root@gpu7", RemoteDockerClient),
    ],
)
def test_the_class_of_the_client(target: str | None, cls: type) -> None:
    assert type(connect(target)) is cls


@pytest.mark.parametrize(
    "target",
    [
        "http://host",
        "unix://relative",
        "unix://",
        "tcp://",
        "tcp://host:99999",
        "tcp://host/path",
        "context://",
        "context://a/b",
        "ssh://",
        "ssh://-oProxyCommand=x",
        "a b",
        "nul\x00byte",
        "/run/docker.sock",
        "gpu7:22",
        "npipe:////./pipe/docker",
    ],
)
async def test_a_bad_target_is_told_by_the_first_call(target: str) -> None:
    error = await failure_of(target, environ=HOME)
    assert type(error) is InvalidArgument
    assert "unix:///path" in str(error)


async def test_a_password_in_a_target_is_refused_and_not_repeated() -> None:
    error = await failure_of("ssh://root:hunter2@gpu7", environ=HOME)
    assert type(error) is InvalidArgument
    assert "hunter2" not in f"{error} {error!r} {error.details}"


@pytest.mark.parametrize("target", [b"unix:///x", 5, Path("/run/docker.sock")])
def test_a_target_that_is_no_text(target: Any) -> None:
    with pytest.raises(InvalidArgument, match="target must be a str"):
        connect(target)


@pytest.mark.parametrize(
    "keywords",
    [
        {"connect_timeout": 0},
        {"connect_timeout": -1},
        {"connect_timeout": "10"},
        {"connect_timeout": True},
        {"connect_timeout": float("nan")},
        {"environ": ["A=B"]},
        {"tls": {"ca": "x"}},
    ],
)
def test_keywords_of_a_wrong_type(keywords: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        connect("local", **keywords)


async def test_no_engine_at_the_socket(tmp_path: Path) -> None:
    error = await failure_of(f"unix://{tmp_path}/no.sock")
    assert type(error) is EngineUnreachable
    assert f"{tmp_path}/no.sock" in str(error)
    assert "start the engine" in str(error)


async def test_a_socket_that_nobody_listens_at(tmp_path: Path) -> None:
    path = tmp_path / "dead.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    error = await failure_of(f"unix://{path}")
    assert type(error) is EngineUnreachable
    assert "nothing listens" in str(error)


async def test_nothing_listens_at_the_port() -> None:
    with kept_port() as kept:
        error = await failure_of(f"tcp://127.0.0.1:{port_of(kept)}", environ=HOME)
    assert type(error) is EngineUnreachable
    assert "refused" in str(error)


async def test_an_engine_that_never_answers(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "mute.sock"))
        listener.listen()
        error = await failure_of(f"unix://{tmp_path}/mute.sock", connect_timeout=0.3)
    assert type(error) is EngineUnreachable
    assert "no engine answered within 0.3 s" in str(error)


async def test_no_such_context() -> None:
    error = await failure_of("context://no-such-context", environ=HOME)
    assert type(error) is ContextNotFound
    assert "no-such-context" in str(error)


@pytest.mark.connections("local")
async def test_a_bad_certificate_is_an_authentication_failure(engine: Engine, tmp_path: Path) -> None:
    error = await failure_of(engine.entry["tcp"]["host"], environ={**HOME, "DOCKER_TLS_VERIFY": "1"})
    assert isinstance(error, DockerError)
    tls = engine.entry["tcp"]["cert_path"]
    error = await failure_of(engine.entry["tcp"]["host"], environ=HOME, tls=TLSConfig(ca=f"{tls}/ca.pem"))
    assert type(error) is AuthenticationFailed, repr(error)


@pytest.mark.connections("local")
async def test_every_way_to_a_local_engine(engine: Engine, tmp_path: Path) -> None:
    tcp, certificates = engine.entry["tcp"]["host"], engine.entry["tcp"]["cert_path"]
    config = tmp_path / "config"
    environ = {**HOME, "HOME": str(tmp_path), "DOCKER_CONFIG": str(config)}
    engine.docker("context", "create", "lab", "--docker", f"host={engine.host}", env={"DOCKER_CONFIG": str(config)})
    ways: list[tuple[str | None, dict[str, Any]]] = [
        (engine.host, {}),
        (None, {"environ": {**environ, "DOCKER_HOST": engine.host}}),
        ("local", {"environ": {**environ, "DOCKER_CONTEXT": "lab"}}),
        ("context://lab", {"environ": environ}),
        (tcp, {"environ": {**environ, **engine.tls_environ}}),
        (
            tcp,
            {"tls": TLSConfig(f"{certificates}/ca.pem", f"{certificates}/cert.pem", f"{certificates}/key.pem")},
        ),
    ]
    expected = engine.api_get("/info")["ID"]
    for target, keywords in ways:
        async with connect(target, **keywords) as client:
            assert (await client.info())["ID"] == expected, target
    (config / "config.json").write_text(json.dumps({"currentContext": "lab"}))
    async with connect(environ=environ) as client:
        assert (await client.info())["ID"] == expected
    await assert_nothing_open()


@pytest.mark.connections("local")
async def test_the_environment_is_read_when_connect_is_called(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    async with connect(engine.host) as client:
        await client.ping()  # the library is loaded by now
    monkeypatch.setenv("DOCKER_HOST", engine.host)
    async with connect() as client:
        assert (await client.info())["ID"] == engine.api_get("/info")["ID"]
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    async with connect() as client:
        with pytest.raises(EngineUnreachable, match="nowhere"):
            await client.ping()
