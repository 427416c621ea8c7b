"""What a registry has, and the end of logins."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ml_nexus_go import DockerClient, ImageNotFound, InvalidArgument, RegistryAuthError, RegistryError

from .conftest import Connect
from .support.bed import Engine
from .support.images import import_image
from .support.names import Names
from .support.registries import add_helper, auth, docker_config


@pytest.fixture
def registry(bed: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    return bed("registry-auth")


async def test_what_a_registry_has(
    client: DockerClient, engine: Engine, name: Names, bed: Callable[[str], dict[str, Any]]
) -> None:
    mine = name.image("v1", bed("registry")["address"])
    import_image(engine, mine)
    pushed = await client.push_image(mine)
    found = await client.inspect_distribution(mine)
    said = engine.api_get(f"/distribution/{mine}/json")
    manifest = said["Descriptor"]
    assert found.raw == said
    assert (found.digest, found.media_type, found.size) == (
        manifest["digest"],
        manifest["mediaType"],
        manifest["size"],
    )
    platforms = [f"{one['os']}/{one['architecture']}" for one in said["Platforms"] or ()]
    assert list(found.platforms) == platforms
    assert found.digest == pushed.digest
    by_digest = f"{mine.removesuffix(':v1')}@{found.digest}"
    assert (await client.inspect_distribution(by_digest)).digest == found.digest


@pytest.mark.connections("local")
async def test_what_a_registry_does_not_have(
    client: DockerClient, bed: Callable[[str], dict[str, Any]], registry: dict[str, Any]
) -> None:
    for image, kind, reason in [
        (f"{bed('registry')['address']}/mlng-none:v1", ImageNotFound, "not_found"),
        (f"{registry['address']}/mlng-none", RegistryAuthError, "login"),
        ("mlng-none.invalid/x", RegistryError, "unreachable"),
        ("UPPER", InvalidArgument, None),
        ("a b", InvalidArgument, None),
    ]:
        with pytest.raises(kind) as failure:
            await client.inspect_distribution(image)
        assert failure.value.details.get("reason") == reason
    right = {"username": registry["username"], "password": registry["password"]}
    with pytest.raises(ImageNotFound):
        await client.inspect_distribution(f"{registry['address']}/mlng-none", **right)
    with pytest.raises(RegistryAuthError) as failure:
        await client.inspect_distribution(f"{registry['address']}/mlng-none", **{**right, "password": "wr0ng"})
    assert "wr0ng" not in str(failure.value)


@pytest.mark.connections("local")
@pytest.mark.parametrize("helper", [False, True])
@pytest.mark.parametrize("whose", ["ours", "docker's"])
async def test_a_logout_removes_what_a_login_stored(
    connect_to: Connect, engine: Engine, registry: dict[str, Any], tmp_path: Path, whose: str, helper: bool
) -> None:
    folder, address = tmp_path / "docker", registry["address"]
    config: dict[str, object] = {"psFormat": "kept", **({"credsStore": "mlngtest"} if helper else {})}
    environ = docker_config(folder, config)
    if helper:
        add_helper(folder, environ, "nobody", "nothing")
    client = connect_to(environ=environ)
    if whose == "ours":
        await client.login(address, registry["username"], registry["password"], store=True)
    else:
        words = ("login", "-u", registry["username"], "--password-stdin", address)
        engine.docker(*words, input=registry["password"], env=environ)
    with pytest.raises(ImageNotFound):
        await client.inspect_distribution(f"{address}/mlng-none")
    assert await client.logout(f"https://{address}/v1/") is True
    assert await client.logout(address) is False
    assert not json.loads((folder / "config.json").read_text()).get("auths")
    assert json.loads((folder / "config.json").read_text()).items() >= config.items()
    with pytest.raises(RegistryAuthError):
        await client.inspect_distribution(f"{address}/mlng-none")


@pytest.mark.connections("local")
async def test_a_logout_forgets_this_client_s_login(
    connect_to: Connect, registry: dict[str, Any], tmp_path: Path
) -> None:
    address, user = registry["address"], registry["username"]
    environ = docker_config(tmp_path / "docker", {"auths": {"other.example": {"auth": auth("a", "b")}}})
    before = (tmp_path / "docker" / "config.json").read_text()
    client, other = connect_to(environ=environ), connect_to(environ=environ)
    for one in (client, other):
        await one.login(address, user, registry["password"])
    assert await client.logout(address)
    assert not await client.logout()  # Docker Hub
    with pytest.raises(RegistryAuthError):
        await client.inspect_distribution(f"{address}/mlng-none")
    with pytest.raises(ImageNotFound):
        await other.inspect_distribution(f"{address}/mlng-none")
    assert (tmp_path / "docker" / "config.json").read_text() == before
    with pytest.raises(InvalidArgument, match="registry must be a str"):
        await client.logout(7)  # type: ignore[arg-type]
