"""Logins to registries: where they are found, and that they are never revealed."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from ml_nexus_go import DockerError, ImageNotFound, InvalidArgument, RegistryAuthError

from .conftest import Connect
from .support.bed import Engine
from .support.images import import_image
from .support.names import Names
from .support.registries import Request, add_helper, auth, docker_config, stand_in

pytestmark = pytest.mark.by_turns

WAYS = ("auths", "helper", "store", "environ", "keywords", "login")
WRONG = "wr0ng-pass-Ä"


@pytest.fixture
def registry(bed: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    return bed("registry-auth")


@pytest.fixture
def mine(engine: Engine, name: Names, registry: dict[str, Any]) -> str:
    """An image that can be pushed to the registry."""
    reference = name.image("v1", registry["address"])
    import_image(engine, reference)
    return reference


async def push(connect_to: Connect, way: str, folder: Path, registry: dict[str, Any], mine: str, password: str) -> str:
    """Push with a login found in one way; return the digest."""
    address, user = registry["address"], registry["username"]
    config: dict[str, object] = {}
    if way == "auths":
        config = {"auths": {f"https://{address}/v1/": {"auth": auth(user, password)}}}
    elif way == "helper":
        config = {"credHelpers": {address: "mlngtest"}}
    elif way == "store":
        config = {"credsStore": "mlngtest"}
    environ = docker_config(folder, config)
    if way in ("helper", "store"):
        add_helper(folder, environ, user, password)
    elif way == "environ":
        environ["DOCKER_AUTH_CONFIG"] = json.dumps({"auths": {address: {"auth": auth(user, password)}}})
    client = connect_to(environ=environ)
    if way == "login":
        await client.login(address, user, password)
    keywords = {"username": user, "password": password} if way == "keywords" else {}
    return (await client.push_image(mine, **keywords)).digest


@pytest.mark.parametrize("way", WAYS)
async def test_a_login_is_found(
    connect_to: Connect, registry: dict[str, Any], mine: str, tmp_path: Path, way: str
) -> None:
    digest = await push(connect_to, way, tmp_path / "docker", registry, mine, registry["password"])
    assert digest.startswith("sha256:")


@pytest.mark.parametrize("way", WAYS)
async def test_a_wrong_password_is_never_told(
    connect_to: Connect,
    registry: dict[str, Any],
    mine: str,
    tmp_path: Path,
    way: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(RegistryAuthError) as failure:
        await push(connect_to, way, tmp_path / "docker", registry, mine, WRONG)
    error = failure.value
    # The test's own frames hold it: the message alone, and what goes with it.
    told = [str(error), repr(error), json.dumps(error.details), *map(str, error.args), caplog.text]
    told.append("".join(traceback.format_exception_only(type(error), error)))
    for text in told:
        assert WRONG not in text
        assert auth(registry["username"], WRONG) not in text


async def test_no_login(connect_to: Connect, registry: dict[str, Any], mine: str, tmp_path: Path) -> None:
    client = connect_to(environ=docker_config(tmp_path / "docker", {}))
    with pytest.raises(RegistryAuthError, match="docker login"):
        await client.push_image(mine)
    with pytest.raises(RegistryAuthError, match="docker login"):
        await client.pull_image(mine)


async def test_a_login_lasts_as_long_as_its_client(
    connect_to: Connect, registry: dict[str, Any], mine: str, tmp_path: Path
) -> None:
    environ = docker_config(tmp_path / "docker", {"psFormat": "kept"})
    first, second = connect_to(environ=environ), connect_to(environ=environ)
    said = await first.login(registry["address"], registry["username"], registry["password"])
    assert said == "Login Succeeded"
    await first.push_image(mine)
    with pytest.raises(RegistryAuthError):
        await second.pull_image(mine)
    assert json.loads((tmp_path / "docker" / "config.json").read_text()) == {"psFormat": "kept"}


@pytest.mark.parametrize("helper", [False, True])
async def test_a_stored_login_serves_docker_too(
    connect_to: Connect, engine: Engine, registry: dict[str, Any], mine: str, tmp_path: Path, helper: bool
) -> None:
    folder = tmp_path / "docker"
    config: dict[str, object] = {"credsStore": "mlngtest"} if helper else {}
    environ = docker_config(folder, config)
    if helper:
        add_helper(folder, environ, "nobody", "nothing")
    await connect_to(environ=environ).login(registry["address"], registry["username"], registry["password"], store=True)
    assert (auth(registry["username"], registry["password"]) in (folder / "config.json").read_text()) is not helper
    engine.docker("push", mine, env=environ)
    await connect_to(environ=environ).pull_image(mine)


async def test_docker_login_serves_us_too(
    connect_to: Connect, engine: Engine, registry: dict[str, Any], mine: str, tmp_path: Path
) -> None:
    environ = docker_config(tmp_path / "docker", {})
    client = connect_to(environ=environ)
    with pytest.raises(RegistryAuthError):
        await client.push_image(mine)
    engine.docker(
        "login", "-u", registry["username"], "--password-stdin", registry["address"],
        input=registry["password"], env=environ,
    )  # fmt: skip
    await client.push_image(mine)


async def test_a_missing_helper_keeps_nobody_from_public_images(
    connect_to: Connect, engine: Engine, name: Names, registry: dict[str, Any], mine: str, tmp_path: Path, bed: Any
) -> None:
    client = connect_to(environ=docker_config(tmp_path / "docker", {"credsStore": "mlng-none"}))
    with pytest.raises(RegistryAuthError, match="docker-credential-mlng-none"):
        await client.push_image(mine)
    public = name.image("v1", bed("registry")["address"])
    import_image(engine, public)
    await client.push_image(public)


async def test_a_wrong_login_is_not_kept(connect_to: Connect, registry: dict[str, Any], tmp_path: Path) -> None:
    environ = docker_config(tmp_path / "docker", {})
    client = connect_to(environ=environ)
    with pytest.raises(RegistryAuthError):
        await client.login(registry["address"], registry["username"], WRONG, store=True)
    assert json.loads((tmp_path / "docker" / "config.json").read_text()) == {}


@pytest.mark.parametrize(
    "login",
    [{"username": "u"}, {"password": "p"}, {"username": "", "password": "p"}, {"username": "u", "password": 7},
     {"username": "u", "password": "secret-\udc80"}, {"username": "u", "password": "secret-p", "token": "t"}],
)  # fmt: skip
async def test_half_a_login(connect_to: Connect, login: dict[str, Any]) -> None:
    client = connect_to()
    with pytest.raises(InvalidArgument) as failure:
        await client.pull_image("127.0.0.1:1/x:v1", **login)
    assert "secret-" not in str(failure.value)
    with pytest.raises(InvalidArgument):
        await client.login("127.0.0.1:1", **login)


async def test_an_identity_token(connect_to: Connect) -> None:
    """The engine trades the token for one of the registry's, as for docker login's."""
    seen: list[str] = []

    def answer(request: Request) -> tuple[int, dict[str, str], bytes]:
        if request.path.startswith("/token"):
            seen.extend(parse_qs(request.body.decode()).get("refresh_token", []))
            return 200, {"Content-Type": "application/json"}, b'{"access_token": "given", "token": "given"}'
        if request.headers.get("authorization") != "Bearer given":
            realm = f'Bearer realm="https://{request.headers["host"]}/token",service="mlng"'
            return 401, {"WWW-Authenticate": realm}, b"{}"
        return 404, {"Content-Type": "application/json"}, b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}'

    async with stand_in(answer) as address:
        with pytest.raises(ImageNotFound):
            await connect_to().pull_image(f"{address}/x:v1", token="identity-Ä")
    assert set(seen) == {"identity-Ä"}


async def test_a_registry_that_tells_the_password(connect_to: Connect) -> None:
    """A registry's answer may contain what it was sent."""
    secret = "told-by-the-registry"

    def answer(request: Request) -> tuple[int, dict[str, str], bytes]:
        told = json.dumps({"errors": [{"code": "DENIED", "message": f"no {secret}", "detail": secret}]}).encode()
        if request.path == "/v2/" and "authorization" not in request.headers:
            return 401, {"WWW-Authenticate": 'Basic realm="x"'}, b"{}"
        return (200, {}, b"") if request.path == "/v2/" else (403, {"Content-Type": "application/json"}, told)

    async with stand_in(answer) as address:
        with pytest.raises(DockerError) as failure:
            await connect_to().pull_image(f"{address}/x:v1", username="u", password=secret)
    assert secret not in str(failure.value)
    assert secret not in json.dumps(failure.value.details)
